/* The type `Inputs` inside: what its files and the loop share. */
#ifndef VITALS_INPUTS_TYPE_H
#define VITALS_INPUTS_TYPE_H

#include "../module/module.h"
#include "../worker/inputs.h"

typedef struct {
    PyObject_HEAD
    PyObject *make; /* makes a message of its parts */
    Inputs inputs;
} PyInputs;

bool is_inputs(PyObject *object);
/* Gives back what the queue is done with. */
void release_batches(Queue *queue);

/* input_messages.c */
/* The message at a place; NULL with an exception. */
PyObject *message_at(PyInputs *self, const QueuePlace *at);

#endif
