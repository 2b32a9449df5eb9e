# How the libraries are linked and stripped on each kind of system (configure):
# the file of the shared library, the links to it, the compiler's options, those
# of strip, and which library the tests use.
#
# The shared library has the names and the version of libev's. It needs the C
# library and the compiler's helpers, and nothing of the C++ runtime.

ifeq ($(SYSTEM),__APPLE__)
shared = libev.$(SOVERSION).dylib
links = libev.dylib
link_shared = -dynamiclib -install_name "$(libdir)/$(shared)" \
    -compatibility_version 5.0.0 -current_version 5.0.0
link_end = -lSystem
strip_static = -S
strip_shared = -x
# In a program is the path where the shared library will be installed.
tested = libev.a
else
soname = libev.so.$(SOVERSION)
shared = $(soname).0.0
links = $(soname) libev.so
link_shared = -shared -Wl,-soname,$(soname) \
    -Wl,--version-script,libev.sym -Wl,-z,defs -Wl,--as-needed
link_end = -lc $$($(CXX) $(CXXFLAGS) -print-libgcc-file-name)
strip_static = -g
strip_shared = --strip-unneeded
tested = libev.so
endif
