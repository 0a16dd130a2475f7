/* The decoder for Python: `Decoder`, one for each plan. */
#include "module.h"

#include "../decode/decode.h"
#include "../prints/prints.h"
#include "../text/texts.h"

#include <string.h>

typedef struct {
    PyObject_HEAD
    Decoder *decoder; /* NULL only before it is made */
} PyDecoder;

static PyObject *decoder_make(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    Text tables;
    const char *error;
    PyObject *given;
    if (named && PyDict_GET_SIZE(named)) return PyErr_Format(PyExc_TypeError, "Decoder takes one argument, by place");
    if (!PyArg_ParseTuple(arguments, "S:Decoder", &given) || !bytes_of(given, &tables)) return NULL;
    Decoder *decoder = decoder_new((const uint8_t *)tables.bytes, tables.length, &error);
    if (!decoder) return PyErr_Format(PyExc_ValueError, "these are no tables of a decoder: %s", error);
    PyDecoder *made = (PyDecoder *)type->tp_alloc(type, 0);
    if (!made) {
        decoder_free(decoder);
        return NULL;
    }
    made->decoder = decoder;
    return (PyObject *)made;
}

static void decoder_dealloc(PyDecoder *self) {
    PyTypeObject *type = Py_TYPE(self);
    decoder_free(self->decoder);
    type->tp_free(self);
    Py_DECREF(type);
}

bool is_decoder(PyObject *object) { return Py_TYPE(object)->tp_dealloc == (destructor)decoder_dealloc; }

Decoder *decoder_in(PyObject *object) { return ((PyDecoder *)object)->decoder; }

static PyObject *learn(PyDecoder *self, PyObject *const *arguments, Py_ssize_t given) {
    int64_t topic;
    Text name, route;
    Py_ssize_t length;
    if (!has_arguments("learn", given, 3, 3)) return NULL;
    if (!whole_of(arguments[0], 0, UINT32_MAX, "the number of a topic", &topic)) return NULL;
    name.bytes = PyUnicode_AsUTF8AndSize(arguments[1], &length);
    if (!name.bytes || !bytes_of(arguments[2], &route)) return NULL;
    name.length = (uint32_t)length;
    const char *error =
        learn_route(self->decoder, (uint32_t)topic, name, (const uint8_t *)route.bytes, route.length);
    if (error) return PyErr_Format(PyExc_ValueError, "%s", error);
    Py_RETURN_NONE;
}

static PyObject *set_key(PyDecoder *self, PyObject *object) {
    Text key;
    if (!bytes_of(object, &key)) return NULL;
    if (key.length != 16) return PyErr_Format(PyExc_ValueError, "the key has 16 bytes");
    decoder_set_key(self->decoder, (const uint8_t *)key.bytes);
    Py_RETURN_NONE;
}

static PyObject *decode_one(PyDecoder *self, PyObject *const *arguments, Py_ssize_t given) {
    int64_t topic, message_time_ms, now_ms;
    Text message;
    if (!has_arguments("decode", given, 4, 4)) return NULL;
    if (!whole_of(arguments[0], 0, UINT32_MAX, "the number of a topic", &topic) || !bytes_of(arguments[1], &message) ||
        !whole_of(arguments[2], INT64_MIN, INT64_MAX, "the time of a message", &message_time_ms) ||
        !instant_of(arguments[3], &now_ms)) {
        return NULL;
    }
    switch (decode(self->decoder, (uint32_t)topic, message, message_time_ms, now_ms)) {
    case HAND_BACK: Py_RETURN_NONE;
    case ASK_ROUTE: return text_of(asked_name(self->decoder));
    default: break;
    }
    Text packed = pack_decoded(self->decoder);
    PyObject *bytes = PyBytes_FromStringAndSize(packed.bytes, packed.length);
    return Py_BuildValue("(NNNN)", text_of(decoded_account(self->decoder)), text_of(asked_name(self->decoder)),
                         text_of(decoded_id(self->decoder)), bytes);
}

static PyObject *print_of_text(PyObject *Py_UNUSED(self), PyObject *object) {
    Text text;
    return bytes_of(object, &text) ? PyLong_FromUnsignedLongLong(fingerprint(text)) : NULL;
}

static PyObject *keyed_print(PyObject *Py_UNUSED(self), PyObject *const *arguments, Py_ssize_t given) {
    Text key, text;
    SipKey halves;
    if (!has_arguments("siphash", given, 2, 2) || !bytes_of(arguments[0], &key) || !bytes_of(arguments[1], &text)) return NULL;
    if (key.length != sizeof halves) return PyErr_Format(PyExc_ValueError, "the key has 16 bytes");
    memcpy(&halves, key.bytes, sizeof halves);
    return PyLong_FromUnsignedLongLong(siphash(halves, text));
}

static PyObject *stays_as_it_is(PyObject *Py_UNUSED(self), PyObject *object) {
    int64_t point;
    return whole_of(object, 0, 0x10ffff, "a code point", &point) ? PyBool_FromLong(is_inert((uint32_t)point)) : NULL;
}

static PyMethodDef methods[] = {
    {"learn", (PyCFunction)(void (*)(void))learn, METH_FASTCALL, "Take the route of a topic and a name (topic, name, route)."},
    {"set_key", (PyCFunction)set_key, METH_O, "The 16 bytes that the fingerprints of ids are keyed with."},
    {"decode", (PyCFunction)(void (*)(void))decode_one, METH_FASTCALL,
     "Decode (topic, message, message_time_ms, now_ms): (account, name, id, packed event), a name whose route is asked for, or "
     "None to hand back."},
    {"fingerprint", (PyCFunction)print_of_text, METH_O | METH_STATIC, "The fingerprint of a text: scoring.fingerprint."},
    {"siphash", (PyCFunction)(void (*)(void))keyed_print, METH_FASTCALL | METH_STATIC, "SipHash-2-4 (key, text)."},
    {"is_inert", (PyCFunction)stays_as_it_is, METH_O | METH_STATIC, "Whether ids keep a code point beyond ASCII as it is."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, decoder_make},
    {Py_tp_dealloc, decoder_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, "Decodes messages under one plan, natively. See streams.kernel.decoder."},
    {0, NULL},
};

PyType_Spec decoder_spec = {
    .name = "streams.kernel._native.Decoder",
    .basicsize = sizeof(PyDecoder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
