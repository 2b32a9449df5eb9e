/* What libstdc++ asks of the system's C library: of musl nothing special. The
 * file of that name that comes with g++ is for glibc only.
 */
