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
    int64_t asked_topic;
} PyHistory;

/* tiers.c */
PyObject *tiers_of_history(PyHistory *self, PyObject *arguments);

#endif
