/* Record batches, for Python. */
#include "module.h"

#include "../batch/batch.h"
#include "../batch/filled.h"

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

/* A tuple of (key, value), both bytes, the value None for a tombstone. */
static bool read_pair(PyObject *object, Pair *into) {
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 2)
        return PyErr_Format(PyExc_TypeError, "a record is (key, value)"), false;
    PyObject *value = PyTuple_GET_ITEM(object, 1);
    into->has_value = value != Py_None;
    return bytes_of(PyTuple_GET_ITEM(object, 0), &into->key) && (!into->has_value || bytes_of(value, &into->value));
}

/* fill_batch(pairs, begin, most): the bytes of a batch of those from `begin` on that fit, without its header, and how many. */
static PyObject *fill_batch(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t given) {
    int64_t begin, most;
    Pair pair;
    Out out = {0};
    if (!has_arguments("fill_batch", given, 3, 3)) return NULL;
    if (!PyList_CheckExact(arguments[0])) return PyErr_Format(PyExc_TypeError, "a batch is filled with a list");
    if (!whole_of(arguments[1], 0, PyList_GET_SIZE(arguments[0]), "where to begin", &begin)) return NULL;
    if (!whole_of(arguments[2], 0, INT32_MAX, "the bytes of a batch", &most)) return NULL;
    uint32_t number = 0;
    bool is_read = true;
    begin_batch(&out);
    for (; begin < PyList_GET_SIZE(arguments[0]); begin++, number++) {
        is_read = read_pair(PyList_GET_ITEM(arguments[0], begin), &pair);
        if (!is_read || !put_pair(&out, &pair, number, (size_t)most)) break;
    }
    PyObject *bytes = is_read ? PyByteArray_FromStringAndSize((const char *)out.bytes, (Py_ssize_t)out.length) : NULL;
    give_memory(out.bytes);
    return bytes ? Py_BuildValue("(NI)", bytes, number) : NULL;
}

/* finish_batch(batch, records, at_ms, sender's id, epoch, sequence) */
static PyObject *end_batch(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t given) {
    int64_t numbers[5];
    if (!has_arguments("finish_batch", given, 6, 6)) return NULL;
    if (!PyByteArray_CheckExact(arguments[0])) return PyErr_Format(PyExc_TypeError, "a batch is a bytearray");
    static const int64_t LOWEST[] = {1, 0, -1, -1, INT32_MIN}, HIGHEST[] = {INT32_MAX, FAR, INT64_MAX, INT16_MAX, INT32_MAX};
    for (int each = 0; each < 5; each++)
        if (!whole_of(arguments[1 + each], LOWEST[each], HIGHEST[each], "a number of a batch", &numbers[each])) return NULL;
    if (PyByteArray_GET_SIZE(arguments[0]) < BATCH_HEADER_BYTES)
        return PyErr_Format(PyExc_ValueError, "a batch is longer than its header");
    Sender sender = {numbers[2], (int16_t)numbers[3], (int32_t)numbers[4]};
    uint8_t *bytes = (uint8_t *)PyByteArray_AS_STRING(arguments[0]);
    finish_batch(bytes, (size_t)PyByteArray_GET_SIZE(arguments[0]), (uint32_t)numbers[0], numbers[1], sender);
    Py_RETURN_NONE;
}

PyMethodDef batch_functions[] = {
    {"records", (PyCFunction)(void (*)(void))records, METH_FASTCALL,
     "The records of an uncompressed batch (content, whether to check its CRC): (offset, time_ms, key, value, headers)."},
    {"fill_batch", (PyCFunction)(void (*)(void))fill_batch, METH_FASTCALL,
     "The bytes of a batch of pairs (pairs, begin, most bytes) without its header, and how many it has."},
    {"finish_batch", (PyCFunction)(void (*)(void))end_batch, METH_FASTCALL,
     "Fills in the header of a batch (batch, records, at_ms, sender's id, epoch, sequence)."},
    {"crc32c", (PyCFunction)checksum, METH_O, "The CRC-32C of bytes."},
    {NULL, NULL, 0, NULL},
};
