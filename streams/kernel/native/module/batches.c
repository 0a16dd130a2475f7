/* Record batches, for Python. */
#include "module.h"

#include "../batch/batch.h"

static PyObject *bytes_or_none(bool is_there, Text text) {
    if (!is_there) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize(text.bytes, text.length);
}

static PyObject *tuple_of_record(const Record *record) {
    return Py_BuildValue("(LLNNI)", (long long)record->offset, (long long)record->time_ms,
                         bytes_or_none(record->has_key, record->key), bytes_or_none(record->has_value, record->value),
                         record->headers.count);
}

static PyObject *records(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t given) {
    Text content;
    Batch batch;
    Record record;
    if (!has_arguments("records", given, 2, 2) || !bytes_of(arguments[0], &content)) return NULL;
    int checks = PyObject_IsTrue(arguments[1]);
    if (checks < 0) return NULL;
    const char *error = batch_of((const uint8_t *)content.bytes, content.length, checks, &batch);
    if (error) return PyErr_Format(PyExc_ValueError, "%s", error);
    PyObject *list = PyList_New(0);
    BatchReader reader = batch_reader(&batch);
    while (list && next_record(&reader, &record)) {
        PyObject *tuple = tuple_of_record(&record);
        if (!tuple || PyList_Append(list, tuple) < 0) Py_CLEAR(list);
        Py_XDECREF(tuple);
    }
    if (list && reader.error) {
        Py_CLEAR(list);
        PyErr_Format(PyExc_ValueError, "%s", reader.error);
    }
    return list;
}

static PyObject *checksum(PyObject *Py_UNUSED(module), PyObject *object) {
    Text content;
    if (!bytes_of(object, &content)) return NULL;
    return PyLong_FromUnsignedLong(crc32c((const uint8_t *)content.bytes, content.length));
}

PyMethodDef batch_functions[] = {
    {"records", (PyCFunction)(void (*)(void))records, METH_FASTCALL,
     "The records of an uncompressed batch (content, whether to check its CRC): (offset, time_ms, key, value, headers)."},
    {"crc32c", (PyCFunction)checksum, METH_O, "The CRC-32C of bytes."},
    {NULL, NULL, 0, NULL},
};
