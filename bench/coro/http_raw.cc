// examples/hello_http.cpp by epoll alone.

#include "../../examples/http_request.hpp"
#include "raw.hh"

static bool serve(raw::connection& c)
{
    for (;;) {
        http::request r;
        http::parsed how = http::parse(c.in, r);
        if (how == http::parsed::incomplete) return true;
        bool is_good = how == http::parsed::complete && r.path == "/";
        c.out.append(is_good ? "HTTP/1.1 200 OK\r\n"
                               "Content-Type: text/plain\r\n"
                               "Content-Length: 13\r\n\r\nHello, world\n"
                             : "HTTP/1.1 400 Bad Request\r\n"
                               "Content-Length: 0\r\n\r\n");
        if (!is_good || !r.keep_alive) return false;
        c.in.erase(0, r.size);
    }
}

int main(int argc, char** argv) { return raw::main(argc, argv, serve); }
