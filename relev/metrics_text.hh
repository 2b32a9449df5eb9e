// The text of metrics: samples and their labels.

#ifndef EVI_METRICS_TEXT_HH
#define EVI_METRICS_TEXT_HH

#include "metrics.hh"
#include "text.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

struct Family;

// What is written: the samples of one family and one loop.
struct Scrape {
    Text text;
    const char* name;
    const char* labels;  // or null
    const Loop* loop;
    struct relev_metrics m;

    void head(const Family&);

    // The beginning of a sample, with a label of our own if there is one.
    void sample(const char* suffix, const char* label = nullptr,
                const char* value = nullptr);
    void sample(const char* suffix, const struct relev_callback&,
                bool ambiguous);  // another one has this name, too

    void number(relev_count);  // the end of a sample
    void seconds(ev_tstamp);
};

struct Family {
    int level;  // of the metrics that has it
    const char* name;
    const char* type;
    const char* help;
    void (*put)(Scrape&);
};

// Of the name that a callback has in a sample.
uint64_t callback_hash(const struct relev_callback&);

// Are there as many loops, and labels that a parser accepts and that are all
// different?
bool labels_legal(struct ev_loop* const* loops, const char* const* labels,
                  int count);

}}  // evi

#endif

#endif
