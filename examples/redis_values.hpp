// The values of coro_redis.cpp, without its lists.

#ifndef REDIS_VALUES_HPP
#define REDIS_VALUES_HPP

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

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

}  // namespace resp

#endif
