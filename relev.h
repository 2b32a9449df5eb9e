/* relev.h: what relev has beyond libev: the loop reports what is wrong with it.
 *
 * ev.h is libev's interface, and stays as it is. A program that includes
 * relev.h needs relev: with libev's library, the loader ends it with a message
 * about the symbol version RELEV_1.
 *
 * This holds for every declaration here, unless its own comment differs:
 *
 * Since:    the version that RELEV_VERSION has where its comment says so;
 *           otherwise the first release. Values are never changed, structures
 *           grow only at their end.
 * Threads:  as in ev.h: only one thread at a time may use a loop.
 * Failure:  functions that return nothing cannot fail.
 * Manual:   relev(7).
 */
#ifndef RELEV_H_
#define RELEV_H_

#ifdef EV_H
#include EV_H
#else
#include "ev.h"
#endif

/* 0: relev.h is compiled out. For programs that contain the library's sources;
 * the installed library has it. Manual: ev_config(7). */
#ifndef EV_RELEV_ENABLE
#define EV_RELEV_ENABLE EV_FEATURE_API
#endif
#if EV_RELEV_ENABLE && !EV_MULTIPLICITY
#error "relev.h needs EV_MULTIPLICITY"
#endif

/* The version of relev that this header belongs to: 0xMMmmpp. */
#define RELEV_VERSION 0x000100

#if EV_RELEV_ENABLE
#ifdef __cplusplus
extern "C" {
#endif

#if EV_PROTOTYPES
/* The version of the library in use, as RELEV_VERSION. From any thread. */
EV_API_DECL unsigned int relev_version(void) EV_NOEXCEPT;

/* What the library in use can do on this kernel: RELEV_FEATURE_ bits. From any
 * thread. A program that also runs on libev looks the name up by dlsym. */
EV_API_DECL unsigned int relev_features(void) EV_NOEXCEPT;
#endif

#ifdef __cplusplus
}
#endif
#endif

#endif
