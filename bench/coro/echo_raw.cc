// examples/coro_echo.cpp by epoll alone.

#include "raw.hh"

int main(int argc, char** argv)
{
    return raw::main(argc, argv, [](raw::connection& c) {
        c.out.append(c.in);
        c.in.clear();
        return true;
    });
}
