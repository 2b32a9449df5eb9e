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
# It was at any address.
refused "an over-aligned parameter" "pass a reference" <<'X'
    struct alignas(64) line { char c[64]; };
    auto f = [](line) -> relev::task<> { co_return; };
    (void)f;
X
refused "an over-aligned argument of spawn" "std::ref or a pointer" <<'X'
    struct alignas(64) line { char c[64]; };
    auto f = [](const line&) -> relev::task<> { co_return; };
    auto g = [=](relev::nursery& n) { n.spawn(f, line()); };
    (void)g;
X
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

# The typical mistakes: the error says what to do, in at most five lines.
mistake()
{
    at_most=5 refused "$@"
}

# Inside a task; f(1) is a task<int>, g() a task<>, d a descriptor.
mistake_in_task() # WHAT REASON STATEMENT
{
    mistake "$1" "$2" <<X
    auto f = [](int) -> relev::task<int> { co_return 1; };
    auto g = []() -> relev::task<> { co_return; };
    auto outer = [=](relev::descriptor& d) -> relev::task<> {
        (void)d, (void)f, (void)g;
        $3
        co_return;
    };
X
}
in_nursery()
{
    echo "co_await relev::with_nursery([=, &d](relev::nursery& n)
        -> relev::task<> { $1; co_return; });"
}

mistake_in_task "a task that is stored" "await the call itself" \
    "auto stored = g(); co_await stored;"
mistake_in_task "a time-out that is stored" "await the call itself" \
    "auto stored = relev::with_timeout(1s, g()); co_await stored;"
mistake_in_task "an awaitable of another library" "a task awaits" \
    "co_await std::suspend_always();"
mistake_in_task "what is nothing to wait for" "a task awaits" "co_await 1;"
mistake_in_task "spawn(f(x))" "spawn\\(f, x\\), not" \
    "$(in_nursery "n.spawn(f(1))")"
mistake_in_task "spawn of a function that makes no task" "makes a task" \
    "$(in_nursery "n.spawn([] { return 1; })")"
mistake_in_task "spawn with an argument that has to be moved" "pass std::move" \
    "$(in_nursery "n.spawn([](relev::descriptor) -> relev::task<> {
        co_return; }, d)")"
mistake_in_task "a nursery whose body is no task" "the body is a task" \
    "co_await relev::with_nursery([](relev::nursery& n) { n.cancel(); });"
mistake_in_task "a time that is a number" "takes a duration" \
    "co_await relev::sleep_for(10);"
mistake_in_task "a time-out that is a number" "takes a duration" \
    "int n = co_await relev::with_timeout(10, f(1)); (void)n;"
mistake_in_task "a time-out of a function" "with_timeout\\(10ms, f\\(\\)\\)" \
    "co_await relev::with_timeout(1s, g);"
mistake_in_task "nothrow of a named operation" "what is awaited itself" \
    "auto op = d.readable(); (void)co_await relev::nothrow(op);"
mistake_in_task "when_all of a closure" "call the function" \
    "co_await relev::when_all([]() -> relev::task<> { co_return; });"
mistake_in_task "when_any with a function" "call the function" \
    "auto r = co_await relev::when_any(relev::sleep_for(1s), g); (void)r;"
mistake "run(f)" "run\\(f\\(\\)\\), not" <<'X'
    auto g = []() -> relev::task<> { co_return; };
    l.run(g);
X
mistake "run of a closure" "run\\(f\\(\\)\\), not" <<'X'
    l.run([]() -> relev::task<> { co_return; });
X
mistake_in_task "on(l, f(x))" "on\\(l, f, x\\), not" \
    "relev::loop& l = co_await relev::this_loop();
    co_await relev::on(l, f(1));"
mistake_in_task "on with a function that makes no task" "makes a task" \
    "relev::loop& l = co_await relev::this_loop();
    int n = co_await relev::on(l, [] { return 1; }); (void)n;"
for watcher in "on_timer w{l, 1s, " "on_timer w{l, 1s, 1s, " \
    "on_periodic w{l, 0s, 1s, " "on_signal w{l, SIGHUP, " "on_idle w{l, " \
    "on_periodic w{l, std::chrono::system_clock::now(), " \
    "on_io w{l, 0, relev::events::read, "; do
    mistake "$watcher[](int, int) {}}" "the closure takes" <<X
    relev::$watcher[](int, int) {}};
X
done
mistake "a task where a watcher expects a closure" "await the call" <<'X'
    auto f = []() -> relev::task<> { co_return; };
    relev::on_timer w{l, 1s, f()};
X
