/* Uses every name of relev.h, in C that is also C++ and as old as C89. It is
 * compiled, never run.
 */
#if EV_MULTIPLICITY || !defined EV_MULTIPLICITY
#include "relev.h"
#endif

#if defined RELEV_H_ && EV_RELEV_ENABLE
int use_relev_values(void);

int use_relev_values(void) { return RELEV_VERSION; }

#if EV_PROTOTYPES
unsigned use_relev(void);

unsigned use_relev(void) { return relev_version() + relev_features(); }
#endif
#endif
