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

/* tiers.c */
PyObject *tiers_of_history(PyHistory *self, PyObject *arguments);

#endif
