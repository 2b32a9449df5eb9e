/* Two threads write a variable without a lock: helgrind must find it, or its
 * silence over the tests means nothing. */
#include <pthread.h>

static int shared;

static void* add(void* arg)
{
    ++shared;
    return arg;
}

int main(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, add, NULL)) return 1;
    ++shared;
    return pthread_join(thread, NULL);
}
