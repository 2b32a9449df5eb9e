// Files that are watched for changes.

#include "bench.hh"
#include "lib.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace bench { namespace {

using lib::Loop;

long changes;

void path_changed(Loop, lib::Path&, int) { ++changes; }

// N files are watched, and one of them grows. An operation is the iterations
// until that is reported.
void paths(Run& run)
{
    char scratch[] = "/tmp/bench-XXXXXX";
    must(mkdtemp(scratch), "mkdtemp");
    Loop loop = lib::loop_default();
    std::vector<lib::Path> watchers(size_t(run.get("n", 100)));
    std::vector<std::string> names;
    while (names.size() < watchers.size()) {
        names.push_back(std::string(scratch) + "/"
                        + std::to_string(names.size()));
        int fd = open(names.back().c_str(), O_CREAT | O_WRONLY, 0600);
        must(fd >= 0 && !close(fd), "open");
    }
    for (size_t i = 0; i < names.size(); ++i) {
        watchers[i].set<path_changed>(loop, names[i].c_str());
        watchers[i].start(loop);
    }
    lib::turn(loop);

    Random random;
    off_t size = 0;
    run.measure([&](long times) {
        for (long i = 0; i < times; ++i) {
            auto which = size_t(random.below(long(names.size())));
            run.pause();
            must(!truncate(names[which].c_str(), ++size), "truncate");
            run.resume();
            long before = changes;
            while (changes == before) lib::once(loop);
        }
    });
    for (auto& w : watchers) w.drop(loop);
    lib::loop_free(loop);
    std::filesystem::remove_all(scratch);
}

const Workload workloads[] = {{"stat", paths}};

}}  // bench
