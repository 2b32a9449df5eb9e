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
