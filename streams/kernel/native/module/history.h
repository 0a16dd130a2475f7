/* The type `History` inside. */
#ifndef VITALS_MODULE_HISTORY_H
#define VITALS_MODULE_HISTORY_H

#include "../replay/history.h"
#include "module.h"

#define STEPS_MAX ((unsigned int)1 << 20)

typedef struct {
    PyObject_HEAD
    Kernel *kernel;
    PyObject *decoder;
    History history;
} PyHistory;

/* Asks `learn(topic, name)` for the route that the decoder lacks; false when there is none, or with an exception set. */
bool learn_asked(PyHistory *self, PyObject *learn, uint32_t topic);

/* (instant, first_ms, scored, standing, rules, facts); with `signals` None, (instant, part of the norm). history_rows.c */
PyObject *row_of(PyHistory *self, Py_ssize_t instant, PyObject *signals, PyObject *norms);

/* tiers.c */
PyObject *tiers_of_history(PyHistory *self, PyObject *arguments);

#endif
