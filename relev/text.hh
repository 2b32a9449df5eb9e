// Text in a buffer of the caller, without stdio and without allocation.

#ifndef EVI_TEXT_HH
#define EVI_TEXT_HH

#include "../core/c_api.hh"

#include <stdint.h>

namespace evi { namespace {

// Invariant: `length` bytes were written, of which the first size - 1 are in
// the buffer.
struct Text {
    char* buffer;
    int size;
    int length;

    void put(char c)
    {
        if (length < size - 1) buffer[length] = c;
        ++length;
    }

    void put(const char* text)
    {
        while (*text) put(*text++);
    }

    template <unsigned radix>
    void digits(uint64_t value, int least = 1)
    {
        static_assert(radix >= 2 && radix <= 16, "there are that many digits");
        char reversed[64];
        int n = 0;
        while (value || n < least) {
            reversed[n++] = "0123456789abcdef"[value % radix];
            value /= radix;
        }
        assert(n <= 64);
        while (n) put(reversed[--n]);
    }

    void put(long long value)
    {
        if (value < 0) put('-');
        digits<10>(value < 0 ? -static_cast<uint64_t>(value)
                             : static_cast<uint64_t>(value));
    }

    void put(const void* address)
    {
        put("0x");
        digits<16>(reinterpret_cast<uintptr_t>(address));
    }

    int end()  // terminates it; returns the length
    {
        if (size > 0) buffer[min(length, size - 1)] = 0;
        return length;
    }
};

// The function at an address, as NAME+0x0 in OBJECT, if the program was linked
// so that it can be found out; else its address.
// Only the debug library makes C++ names readable; that allocates.
void put_function(Text&, const void* address, bool readable = false);

}}  // evi

#endif
