# Statements that relev.hpp must refuse, for compile.sh: what, the text of the
# error, and the statement.

refused "a closure too big for callback<>" "too big for a callback" <<'X'
    std::array<char, 64> big{};
    relev::callback<void()> c = [big] { (void)big; };
X
refused "a watcher that is moved" "deleted" <<'X'
    relev::on_timer t{l, 1s, [] {}};
    auto moved = std::move(t);
X
refused "a loop that is copied" "deleted" <<'X'
    relev::loop copy(l);
X
refused "a task that is stored" "await the call itself" <<'X'
    auto outer = []() -> relev::task<> {
        auto stored = []() -> relev::task<> { co_return; }();
        co_await stored;
    };
X
refused "a task that is moved" "await the call itself" <<'X'
    auto outer = []() -> relev::task<> {
        auto stored = []() -> relev::task<> { co_return; }();
        co_await std::move(stored);
    };
X
refused "a stored task in with_timeout" "await the call itself" <<'X'
    auto outer = []() -> relev::task<> {
        auto stored = []() -> relev::task<> { co_return; }();
        co_await relev::with_timeout(1s, std::move(stored));
    };
X
refused "a task that returns a reference" "return a pointer" <<'X'
    relev::task<int&>* t = nullptr;
    t->release();
X
refused "spawn(task)" "deleted" <<'X'
    auto outer = []() -> relev::task<> {
        co_await relev::with_nursery([](relev::nursery& n) -> relev::task<> {
            n.spawn([]() -> relev::task<> { co_return; }());
            co_return;
        });
    };
X
refused "spawn of a function that makes no task" "" <<'X'
    auto outer = []() -> relev::task<> {
        co_await relev::with_nursery([](relev::nursery& n) -> relev::task<> {
            n.spawn([] { return 1; });
            co_return;
        });
    };
X
refused "spawn with an argument that has to be moved" "pass std::move" <<'X'
    auto session = [](relev::descriptor) -> relev::task<> { co_return; };
    auto outer = [&](relev::descriptor& d) -> relev::task<> {
        co_await relev::with_nursery([&](relev::nursery& n) -> relev::task<> {
            n.spawn(session, d);
            co_return;
        });
    };
X
refused "a stored task in when_all" "await the call itself" <<'X'
    auto outer = []() -> relev::task<> {
        auto stored = []() -> relev::task<> { co_return; }();
        co_await relev::when_all(std::move(stored));
    };
X
refused "a stored task in nothrow" "await the call itself" <<'X'
    auto outer = []() -> relev::task<> {
        auto stored = []() -> relev::task<> { co_return; }();
        (void)co_await relev::nothrow(stored);
    };
X
refused "nothrow of a named operation" "static assertion|no matching" <<'X'
    auto outer = []() -> relev::task<> {
        auto op = relev::sleep_for(1s);
        (void)co_await relev::nothrow(op);
    };
X
# Scopes and groups, as tasks, are awaited where they are made: not twice.
for made in "with_timeout(1s, f())" "try_for(1s, f())" "shielded(f())" \
    "with_stop(std::stop_token(), f())" "when_all(f(), f())" \
    "when_any(f(), f())" "nothrow(f())" \
    "nothrow(relev::with_timeout(1s, f()))"; do
    for how in stored "std::move(stored)"; do
        refused "$made, as $how" "await the call itself" <<X
    auto f = []() -> relev::task<> { co_return; };
    auto outer = [=]() -> relev::task<> {
        auto stored = relev::$made;
        (void)co_await $how;
    };
X
    done
done
# Issue 20, A1: what g++ 12 would destroy twice.
refused_by_old_gcc "an aggregate as a parameter" "give the type" <<'X'
    auto f = [](int, job) -> relev::task<> { co_return; };
    auto outer = [=]() -> relev::task<> { co_await f(1, job{1, "a"}); };
X
refused_by_old_gcc "an aggregate as a moved parameter" "give the type" <<'X'
    auto f = [](job&&) -> relev::task<> { co_return; };
    auto outer = [=]() -> relev::task<> { co_await f({1, "a"}); };
X
refused_by_old_gcc "a push of an aggregate" "give the type" <<'X'
    relev::channel<job> c(1);
    auto outer = [&]() -> relev::task<> { co_await c.push({1, "a"}); };
X
refused_by_old_gcc "an aggregate for another loop" "give the type" <<'X'
    auto f = [](const job&) -> relev::task<> { co_return; };
    auto outer = [&]() -> relev::task<> { co_await on(l, f, job{1, "a"}); };
X
# Issue 20, B3.
refused "a task in blocking" "a task does not block" <<'X'
    auto f = []() -> relev::task<> { co_return; };
    auto outer = [=]() -> relev::task<> { co_await relev::blocking(f); };
X
refused "blocking without a function" "needs a function" <<'X'
    auto f = [](int) {};
    auto outer = [=]() -> relev::task<> { co_await relev::blocking(f, "a"); };
X
refused "blocking with a reference" "return a pointer" <<'X'
    auto f = [](int* p) -> int& { return *p; };
    auto outer = [=](int* p) -> relev::task<> {
        co_await relev::blocking(f, p);
    };
X
refused_by_old_gcc "a closure that blocks" "destroys such a closure" <<'X'
    std::string s;
    auto outer = [&]() -> relev::task<> {
        co_await relev::blocking([t = s] { (void)t; });
    };
X
