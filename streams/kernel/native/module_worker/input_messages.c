/* Messages for Python, made of records. */
#include "inputs_type.h"

#define CREATE_TIME 0
#define LOG_APPEND_TIME 1 /* streams.message.LOG_APPEND_TIME */

static PyObject *bytes_or_none(bool is_there, Text text) {
    if (!is_there) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize(text.bytes, text.length);
}

/* ((name, value or None), ...) */
static PyObject *tuple_of_headers(Headers headers) {
    PyObject *tuple = PyTuple_New(headers.count);
    for (uint32_t each = 0; tuple && each < headers.count; each++) {
        Header header;
        next_header(&headers, &header); /* they were read before */
        put_in(&tuple, each, Py_BuildValue("(NN)", text_of(header.name), bytes_or_none(header.has_value, header.value)));
    }
    return tuple;
}

PyObject *message_at(PyInputs *self, const QueuePlace *at) {
    const Record *record = &at->head;
    return PyObject_CallFunction(self->make, "LLiNNN", (long long)record->offset, (long long)record->time_ms,
                                 at->batch.by_broker ? LOG_APPEND_TIME : CREATE_TIME,
                                 bytes_or_none(record->has_key, record->key),
                                 bytes_or_none(record->has_value, record->value), tuple_of_headers(record->headers));
}
