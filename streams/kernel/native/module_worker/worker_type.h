/* The type `Worker` inside: what its files share. */
#ifndef VITALS_WORKER_TYPE_H
#define VITALS_WORKER_TYPE_H

#include "../worker/worker.h"
#include "../module/module.h"

enum { OFFSET, TIMESTAMP, TIMESTAMP_TYPE, VALUE, HEADERS, ATTRIBUTES }; /* of a streams.message.Message */

typedef struct {
    PyObject_HEAD
    Kernel *kernel;
    PyObject *decoder;
    PyObject *names[ATTRIBUTES];
    Worker worker;
} PyWorker;

/* messages.c */
bool intern_names(PyWorker *self);
PyObject *take_messages(PyWorker *self, PyObject *arguments);
/* records.c */
PyObject *write_records(PyWorker *self, PyObject *arguments);

#endif
