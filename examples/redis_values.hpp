// The values of coro_redis.cpp, its commands, and the file with its changes.

#ifndef REDIS_VALUES_HPP
#define REDIS_VALUES_HPP

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>

#include "resp.hpp"

namespace resp {

inline std::string text_of_file(const char* path)
{
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
}

class values {
public:
    std::string get(std::string_view key) const
    {
        auto found = all_.find(key);
        return found == all_.end() ? "$-1\r\n" : bulk(found->second);
    }

    std::string set(std::string_view key, std::string_view value)
    {
        all_.insert_or_assign(std::string(key), value);
        return "+OK\r\n";
    }

    std::string remove(std::string_view key)
    {
        auto found = all_.find(key);
        if (found == all_.end()) return ":0\r\n";
        all_.erase(found);
        return ":1\r\n";
    }

    std::string increment(std::string_view key)
    {
        std::string& value = all_[std::string(key)];
        value = std::to_string(std::strtoll(value.c_str(), nullptr, 10) + 1);
        return ':' + value + "\r\n";
    }

private:
    std::map<std::string, std::string, std::less<>> all_;
};

// Executes all commands but BLPOP. Lists has push(key, value), false if the
// list is full, and pop(key), a std::optional<std::string>.
template <class Lists>
class data {
public:
    // With the changes in the file.
    template <class... Args>
    explicit data(const char* path, Args&... args) : lists(args...)
    {
        std::string text = text_of_file(path);
        command words;
        std::string_view rest = text;
        while (std::size_t n = parse(rest, words)) {
            change(words);
            rest.remove_prefix(n);
        }
    }

    // The answer. Changes are added to the log.
    std::string execute(const command& words)
    {
        std::string_view name = words.empty() ? "" : words[0];
        if (name == "PING" && words.size() == 1) return "+PONG\r\n";
        if (name == "GET" && words.size() == 2) return values_.get(words[1]);
        std::string answer = change(words);
        if (answer[0] != '-') log += text_of(words);
        return answer;
    }

    Lists lists;
    std::string log;  // changes that are not in the file yet

private:
    std::string change(const command& words)
    {
        std::string_view name = words.empty() ? "" : words[0];
        std::size_t n = words.size();
        if (name == "SET" && n == 3) return values_.set(words[1], words[2]);
        if (name == "DEL" && n == 2) return values_.remove(words[1]);
        if (name == "INCR" && n == 2) return values_.increment(words[1]);
        if (name == "RPUSH" && n == 3)
            return lists.push(words[1], words[2]) ? "+OK\r\n"
                                                  : "-ERR the list is full\r\n";
        if (name == "LPOP" && n == 2) {
            auto value = lists.pop(words[1]);
            return value ? bulk(*value) : "$-1\r\n";
        }
        return "-ERR unknown command\r\n";
    }

    values values_;
};

inline int open_log(const char* path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
    return fd;
}

inline void store(int fd, const std::string& text)
{
    for (std::size_t at = 0; at < text.size();) {
        ssize_t n = write(fd, text.data() + at, text.size() - at);
        if (n < 0 && errno != EINTR) throw std::runtime_error("no write");
        if (n > 0) at += static_cast<std::size_t>(n);
    }
    if (fsync(fd)) throw std::runtime_error("no fsync");
}

}  // namespace resp

#endif
