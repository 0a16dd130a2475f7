/* The type `Worker` inside: what its files share. */
#ifndef VITALS_WORKER_TYPE_H
#define VITALS_WORKER_TYPE_H

#include "../worker/worker.h"
#include "../module/module.h"

typedef struct {
    PyObject_HEAD
    Kernel *kernel;
    PyObject *decoder;
    Worker worker;
} PyWorker;

/* worker_type.c: the entry of an account that has entered; NULL with an exception */
Entry *entered(PyWorker *self, PyObject *number, uint32_t *into);
/* Lets the worker have the kernel's accounts as they are now. */
void adopt_accounts(PyWorker *self);
/* tracks.c */
PyObject *set_tracks(PyWorker *self, PyObject *arguments);
PyObject *set_bounds(PyWorker *self, PyObject *bounds);
PyObject *take_looked(Entry *entry); /* (score, memories by track) at the last look, None when Python has seen it */
/* messages.c */
PyObject *take_messages(PyWorker *self, PyObject *arguments);
/* done.c */
PyObject *take_done(PyWorker *self, PyObject *none);
/* records.c */
typedef PyObject *(*OfOne)(PyWorker *self, PyObject *given, const void *of_all);
/* A list of what is found of each account in a list; None of None. */
PyObject *of_each(PyWorker *self, PyObject *accounts, OfOne of_one, const void *of_all);
PyObject *write_records(PyWorker *self, PyObject *arguments);
PyObject *answer_about(PyWorker *self, PyObject *arguments);

#endif
