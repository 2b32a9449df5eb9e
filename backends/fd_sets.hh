// The words of the sets that select(2) takes: on Linux and FreeBSD a long word,
// on other systems an int. Where the lowest byte is first, both are the same.

#ifndef EVI_FD_SETS_HH
#define EVI_FD_SETS_HH

#include "../core/array.hh"

#include <sys/select.h>

namespace evi { namespace {

using FdWord = std::conditional<int(NFDBITS) == 8 * int(sizeof(unsigned long)),
                                unsigned long, unsigned>::type;
constexpr int fd_word_bits = 8 * int(sizeof(FdWord));
static_assert(int(NFDBITS) == fd_word_bits, "a word of another size");

}}  // evi

#endif
