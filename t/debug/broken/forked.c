/* finds: the loop is run in a child without ev_loop_fork; it was used by
 * process [0-9]* */
#include "../common.h"

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    int status;

    if (!fork()) {
        run(loop);
        _exit(0);
    }
    wait(&status);
    return 0;
}
