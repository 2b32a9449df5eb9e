# Run by `cmake --install`: makes in ${made} the files that depend on the
# prefix, and the manual. CMakeLists.txt sets the variables.

cmake_policy(VERSION 3.14)
set(prefix "${CMAKE_INSTALL_PREFIX}")
set(exec_prefix "\${prefix}")
get_filename_component(libdir "${libdir}" ABSOLUTE BASE_DIR "${prefix}")
get_filename_component(includedir "${includedir}" ABSOLUTE
    BASE_DIR "${prefix}")
configure_file("${source}/packaging/libev.pc.in" "${made}/libev.pc" @ONLY)
configure_file("${source}/packaging/libev-config-version.cmake.in"
    "${made}/libev-config-version.cmake" @ONLY)

# relev-debug finds its library from where it lies itself.
get_filename_component(bindir "${bindir}" ABSOLUTE BASE_DIR "${prefix}")
file(RELATIVE_PATH from_bin "${bindir}" "${libdir}")
configure_file("${source}/tools/relev-debug.in" "${made}/relev-debug" @ONLY)

# CMake's file finds the headers from where it lies itself.
file(RELATIVE_PATH from_cmake "${libdir}/cmake/libev" "${includedir}")
configure_file("${source}/packaging/libev-config.cmake.in"
    "${made}/libev-config.cmake" @ONLY)
file(READ "${made}/libev-config.cmake" config)
string(REPLACE "../../../include" "${from_cmake}" config "${config}")
file(WRITE "${made}/libev-config.cmake" "${config}")

file(REMOVE_RECURSE "${made}/man")
execute_process(COMMAND "${source}/tools/manual" "${made}/man"
    "${PACKAGE_VERSION}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "tools/manual: ${status}")
endif()
