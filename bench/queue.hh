// A queue with a lock, for libraries whose wake-ups carry no data.

#pragma once

#include <pthread.h>

namespace lib {

// Loops of which no thread is the owner.
struct Unowned {
    void enter() {}
    void leave() {}
};

// A Task has `next`, and `run`, which is called with it.
template <class Task>
class Queue {
public:
    void push(Task& task)
    {
        task.next = nullptr;
        pthread_mutex_lock(&lock);
        *end = &task;
        end = &task.next;
        pthread_mutex_unlock(&lock);
    }

    // Runs all that is there.
    void run()
    {
        pthread_mutex_lock(&lock);
        Task* task = first;
        first = nullptr;
        end = &first;
        pthread_mutex_unlock(&lock);
        while (task) {
            Task* next = task->next;
            task->run(*task);
            task = next;
        }
    }

private:
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    Task* first = nullptr;
    Task** end = &first;
};

}  // lib
