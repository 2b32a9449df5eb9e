dnl What ev.c asks of the system, for the config.h of the project that embeds it:
dnl put m4_include([libev/libev.m4]) into its configure.ac, after AC_PROG_CC if
dnl it has that. Our own configure is made of it, too. No program is run.

dnl ev.c is C++, the rest of the project need not be.
AC_PROVIDE_IFELSE([AC_PROG_CXX], [], [AC_PROG_CXX])

AC_CHECK_HEADERS([poll.h sys/select.h sys/epoll.h sys/eventfd.h])
AC_CHECK_HEADERS([sys/signalfd.h sys/timerfd.h sys/inotify.h sys/syscall.h])
AC_CHECK_HEADERS([sys/event.h])
AC_SEARCH_LIBS([clock_gettime], [rt])
AC_SEARCH_LIBS([floor], [m], [AC_DEFINE([HAVE_FLOOR], [1],
    [Define to 1 if the floor function is available.])])
AC_CHECK_FUNCS([poll ppoll select epoll_ctl epoll_create1 epoll_pwait2])
AC_CHECK_FUNCS([kqueue])
AC_CHECK_FUNCS([eventfd signalfd timerfd_create inotify_init inotify_init1])
AC_CHECK_FUNCS([clock_gettime nanosleep pipe2 accept4 getrandom])
