/* Answers as they are sent. */
#include "../module/module.h"

#include <string.h>

static PyObject *bytes_in(const Out *out) {
    return PyBytes_FromStringAndSize((const char *)out->bytes, (Py_ssize_t)out->length);
}

PyObject *answer_of(Kernel *kernel, Account *account, const AnswerParts *parts, Text answered, const Position *position) {
    if (!begin_writing(kernel)) return NULL;
    Out *out = &kernel->writer.out;
    out->length = 0;
    bool is_put = put_content(out, kernel->plan, &kernel->answers, account, parts);
    PyObject *found = is_put ? Py_True : Py_None;
    if (is_put && (out->length != answered.length || memcmp(out->bytes, answered.bytes, answered.length))) {
        found = PyTuple_New(2);
        put_in(&found, 0, bytes_in(out));
        put_position(out, &kernel->answers, account, position);
        put_in(&found, 1, bytes_in(out));
    } else {
        Py_INCREF(found);
    }
    end_writing(kernel);
    return found;
}

static PyObject *name_answers(Kernel *kernel, PyObject *tables) {
    Text bytes;
    if (!bytes_of(tables, &bytes)) return NULL;
    const char *error = answer_texts_of(kernel->plan, (const uint8_t *)bytes.bytes, bytes.length, &kernel->answers);
    if (error) return PyErr_Format(PyExc_ValueError, "these are no texts of answers: %s", error);
    Py_RETURN_NONE;
}

PyMethodDef answer_methods[] = {
    {"name_answers", (PyCFunction)name_answers, METH_O, "The texts of answers; see streams/kernel/answer_texts.py."},
    {NULL, NULL, 0, NULL},
};
