/* The extension `streams.kernel._native`. Its type `Kernel` holds a plan and the accounts under it by number; `Decoder`,
 * `History` and `Sorter` have files of their own. Python's lock is held throughout: each call lasts microseconds, and an
 * account is nobody else's. */
#ifndef VITALS_MODULE_H
#define VITALS_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../answer/answer.h"
#include "../decode/packed_event.h"
#include "../judge/judge.h"
#include "../record/flat_in.h"
#include "../record/head.h"

typedef struct {
    PyObject_HEAD
    Plan *plan; /* NULL only before it is made */
    Past past;
    uint32_t length, room;
    Account **accounts; /* NULL where a number is free */
    uint32_t free_length, free_room;
    uint32_t *free;
    PackedEvent packed;
    Norm norm;
    Writer writer;
    BaselineTexts baseline; /* empty before they are set, as those of answers */
    AnswerTexts answers;
    List rows[ROWS]; /* what readers of records use */
} Kernel;

/* arguments.c: each returns false, or NULL, with an exception set */
bool has_arguments(const char *name, Py_ssize_t given, Py_ssize_t least, Py_ssize_t most);
bool whole_of(PyObject *object, int64_t lowest, int64_t highest, const char *what, int64_t *into);
bool instant_of(PyObject *object, int64_t *into);
bool real_of(PyObject *object, double *into); /* NaN for None */
Account *account_of(Kernel *kernel, PyObject *number);
const ScorePlanOf *score_plan_by(Kernel *kernel, PyObject *number, uint32_t *into);
/* Puts `value` into a tuple being made; false, with the tuple given back, when it is NULL. */
bool put_in(PyObject **tuple, Py_ssize_t place, PyObject *value);
PyObject *tuple_of_reals(const double *numbers, uint32_t length); /* None for NaN */
PyObject *tuple_of_numbers(const int64_t *numbers, uint32_t length);
PyObject *text_of(Text text);
PyObject *shown_instant(int64_t at_ms); /* as SQL prints it, "" before 1970 */

/* module.c, decoding.c: the types of this module */
bool is_kernel(PyObject *object);
bool is_decoder(PyObject *object);
struct Decoder *decoder_in(PyObject *object);

/* accounts.c */
extern PyMethodDef account_methods[];
void give_accounts(Kernel *kernel);
PyObject *number_for(Kernel *kernel, Account *account); /* takes the account over */
/* judging.c */
extern PyMethodDef judging_methods[];
void begin_norm(Kernel *kernel);
bool take_norm(Kernel *kernel, PyObject *values); /* a tuple of values, None for none */
void clear_norm(Kernel *kernel);                  /* no entry is known */
PyObject *norm_part_of(const Kernel *kernel, Account *account);
PyObject *fact_of(const Fact *fact);
PyObject *evaluation_of(const Evaluation *evaluation);
/* forecasting.c */
extern PyMethodDef forecasting_methods[];
/* reading.c */
extern PyMethodDef reading_methods[];
/* answers.c */
extern PyMethodDef answering_methods[];
/* signs.c */
extern PyMethodDef sign_methods[];
/* series.c */
extern PyMethodDef series_methods[];
/* writing.c */
extern PyMethodDef writing_methods[];
enum { CHANGED, ALL, AT_REST };
bool offsets_of(PyObject *given, List *into); /* each plus one */
void choose_own(Writer *writer, const Account *account, int64_t how);
/* module_flush/records.c */
extern PyMethodDef record_methods[];
/* An account's records (its own, the others, the head): see `write`. `offsets` of the writer are set, and it is busy. */
PyObject *records_of(Kernel *kernel, Account *account, Text id, Text held, int64_t how, const Heading *heading);
bool begin_writing(Kernel *kernel); /* false when another account is being written */
void end_writing(Kernel *kernel);
/* module_flush/answers.c */
extern PyMethodDef answer_methods[];
/* (content, message); True when the content is that of `answered`, None when it is Python's to write. */
PyObject *answer_of(Kernel *kernel, Account *account, const AnswerParts *parts, Text answered, const Position *position);
/* signals.c */
extern PyMethodDef signal_methods[];

/* restoring.c */
extern PyMethodDef restoring_methods[];

/* The bytes of an object, which must be bytes. */
bool bytes_of(PyObject *object, Text *into);

/* batches.c */
extern PyMethodDef batch_functions[];
/* decoding.c */
extern PyType_Spec decoder_spec;
/* history.c */
extern PyType_Spec history_spec;
/* sorter.c */
extern PyType_Spec sorter_spec;
/* module_worker: worker_type.c, inputs_type.c */
extern PyType_Spec worker_spec, inputs_spec;

#endif
