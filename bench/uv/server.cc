// A server as libuv's user writes it.

#include "bench.hh"
#include "lib.hh"

namespace lib {

void Server::give_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer)
{
    auto& self = owner<Connection>(handle);
    *buffer = uv_buf_init(self.text, sizeof self.text);
}

void Server::accepted(uv_stream_t* listener, int status)
{
    bench::must(!status, "listen");
    auto* connection = new Connection;
    auto* stream = reinterpret_cast<uv_stream_t*>(&connection->tcp);
    uv_tcp_init(listener->loop, &connection->tcp);
    connection->tcp.data = connection;
    connection->server = static_cast<Server*>(listener->data);
    bench::must(!uv_accept(listener, stream), "accept");
    uv_read_start(stream, give_buffer, request);
}

void Server::request(uv_stream_t* stream, ssize_t length, const uv_buf_t* text)
{
    auto& self = owner<Connection>(stream);
    bench::must(length > 0, "read");
    uv_buf_t answer = uv_buf_init(text->base, unsigned(length));
    bench::must(uv_try_write(stream, &answer, 1) == length, "write");
    uv_close(reinterpret_cast<uv_handle_t*>(stream),
             [](uv_handle_t* handle) { delete &owner<Connection>(handle); });
    ++self.server->served;
}

}  // lib
