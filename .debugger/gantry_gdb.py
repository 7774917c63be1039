"""Gantry in gdb: how tensors print, what `step` walks past, and four commands. `make gdb` and VS Code load it; by hand:

    gdb -x .debugger/gantry_gdb.py build/debug/examples/02_one_step

It is named on the command line and so needs no `add-auto-load-safe-path`.
"""
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import words  # noqa: E402

gdb.execute('set print inferior-events off')  # no line for the process that draws a graph


class Gdb:
    """What words.py asks of a debugger."""

    @staticmethod
    def field(value, path):
        for name in path.split('.'):
            value = value[name]
        return value

    @staticmethod
    def number(value):
        return int(value)

    @staticmethod
    def integers(array, how_many):
        return [int(array['_M_elems'][i]) for i in range(how_many)]

    @staticmethod
    def text(value):
        return value['_M_dataplus']['_M_p'].string('utf-8', 'replace', int(value['_M_string_length']))

    @staticmethod
    def items(vector):
        begin, end = vector['_M_impl']['_M_start'], vector['_M_impl']['_M_finish']
        return [begin[i] for i in range(int(end - begin))]

    @staticmethod
    def memory(address, size):
        return gdb.selected_inferior().read_memory(address, size).tobytes()

    @staticmethod
    def follow(pointer):
        return pointer.dereference() if int(pointer) else None

    @staticmethod
    def class_of(pointer):
        return str(pointer.dynamic_type.target().unqualified())

    @staticmethod
    def real_size():
        return gdb.lookup_type('gantry::Real').sizeof


# ------------------------------------------------------------------------------------------ how things print
class Words:
    def __init__(self, value, say):
        self.value, self.say = value, say

    def to_string(self):
        return self.say(Gdb, self.value)


def printer(value):
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_REF:
        kind = kind.target().strip_typedefs()
        value = value.referenced_value()
    name = str(kind.unqualified())
    if name == 'gantry::Tensor':
        return Words(value, words.tensor)
    if name == 'gantry::Shape':
        return Words(value, words.shape)
    if name == 'gantry::Needs':
        return Words(value, words.needs)
    if kind.code == gdb.TYPE_CODE_PTR and str(kind.target().unqualified()) == 'gantry::Function':
        return Words(value, words.function)
    return None


printer.__name__ = 'gantry'
gdb.pretty_printers[:] = [p for p in gdb.pretty_printers if getattr(p, '__name__', '') != 'gantry'] + [printer]


# ------------------------------------------------------------------------------------------ what `step` walks past
# The standard library, and the handles' own work: copying a Tensor counts its owners, and so on. A function that is
# walked past is not searched for calls inside it: to stop in a critic that a std::function calls, set a breakpoint.
SKIPPED = ['^std::', '^__gnu_cxx::', '^operator.new', '^operator.delete', '::~', '^gantry::Tensor::Tensor',
           '^gantry::Tensor::operator=', '^gantry::Tensor::body', '^gantry::Tensor::defined', '^gantry::Tensor::shape',
           '^gantry::Tensor::size', '^gantry::Tensor::data', '^gantry::Tensor::mutable_data', '^gantry::Tensor::maker',
           '^gantry::Tensor::requires_grad', '^gantry::Tensor::values', '^gantry::checked', '^gantry::inputs_of',
           '^gantry::Body::', '^gantry::Storage::', '^gantry::Shape::', '^gantry::Needs::', '^gantry::empty']
for pattern in SKIPPED:
    gdb.execute('skip -rfu ' + pattern, to_string=True)
# Headers of the system; and the C library's own sources, ./math/e_exp.c, where its debugging symbols are installed (ours
# begin with no dot). A * stands for no slash, hence the depths.
for depth in range(1, 8):
    gdb.execute('skip -gfi /usr/include' + depth * '/*', to_string=True)
    gdb.execute('skip -gfi .' + depth * '/*', to_string=True)
    gdb.execute('skip -gfi ..' + depth * '/*', to_string=True)


# ------------------------------------------------------------------------------------------ commands
def evaluate(expression):
    """(the tensor, an expression for it that the program's functions can take)"""
    try:
        value = gdb.parse_and_eval(expression)
    except gdb.error as error:  # one line, without Python's own
        raise gdb.GdbError('%s: %s' % (expression, error))
    if value.type.code == gdb.TYPE_CODE_REF:
        value = value.referenced_value()
    if str(value.type.strip_typedefs().unqualified()) != 'gantry::Tensor':
        raise gdb.GdbError('%s is a %s, not a Tensor' % (expression, value.type))
    if words.tensor(Gdb, value) in ('undefined', words.NOT_YET):
        raise gdb.GdbError('%s is %s' % (expression, words.tensor(Gdb, value)))
    return value, '*(gantry::Tensor*)%d' % int(value.address)


# gdb 13 cannot put back the vector registers of Intel Xeons with AMX (gdb 16 can): a call of one of the
# program's functions fails when it has returned and all else is back. The result is lost; what it printed is not.
def lost_registers(error):
    return 'extended state' in str(error)


class Command(gdb.Command):
    def __init__(self, name):
        super().__init__(name, gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError(self.__doc__)
        self.run(argument.strip())


class Dump(Command):
    """dump TENSOR: shape, all its numbers, the operation that made it with its inputs, and its gradient.

(It takes the place of gdb's own `dump`, which writes memory to files.)"""

    def run(self, argument):
        try:
            gdb.execute('call (void)gantry::dump(%s)' % evaluate(argument)[1])
        except gdb.error as error:  # between two statements of the debug build, the vector registers hold nothing
            if not lost_registers(error):
                raise


class Graph(Command):
    """graph TENSOR [FILE]: draws what it was computed from; FILE (runs/graph.svg) ends in svg, png, pdf or dot."""

    def run(self, argument):
        words_ = argument.rsplit(None, 1)
        file = 'runs/graph.svg'
        if len(words_) == 2 and words_[1].strip('"').rsplit('.', 1)[-1] in ('svg', 'png', 'pdf', 'dot'):
            argument, file = words_[0], words_[1].strip('"')
        tensor = evaluate(argument)[1]
        if file.startswith('runs/'):
            os.makedirs('runs', exist_ok=True)
        draw = '(void)gantry::draw((const gantry::Tensor&)%s, (const char*)"%s")'
        try:
            gdb.parse_and_eval(draw % (tensor, os.path.abspath(file)))
        except gdb.error as error:  # draw() threw, or could not be given the name of the file
            if lost_registers(error):
                raise gdb.GdbError('graph needs a newer gdb or lldb on this processor (%s); where-from needs neither' % error)
            if file.endswith('.dot'):
                raise gdb.GdbError('%s cannot be written (%s)' % (file, error))
            file = file.rsplit('.', 1)[0] + '.dot'
            print('Graphviz could not draw it (`make deps` installs it); the text alone:')
            gdb.parse_and_eval(draw % (tensor, os.path.abspath(file)))
        print('wrote ' + file)


class WhereFrom(Command):
    """where-from TENSOR: the operations that made it, each above its inputs, and where their rules stand."""

    def run(self, argument):
        rules = []
        for line, maker in words.history(Gdb, evaluate(argument)[0]):
            print(line)
            if maker and maker not in rules:
                rules.append(maker)
        for maker in rules:
            name = maker.split('::')[-1]
            try:
                place = gdb.decode_line(maker + '::backward')[1][0]
                print('rule: %s::backward, %s:%d' % (name, place.symtab.filename.split('/./')[-1], place.line))
            except (gdb.error, TypeError):
                pass


class Rule(Command):
    """rule TENSOR: runs on to the rule (Function::backward) of the operation that made it."""

    def run(self, argument):
        maker = evaluate(argument)[0]['body_']['maker']
        if not int(maker):
            raise gdb.GdbError('%s is given: no operation made it' % argument)
        stop = gdb.Breakpoint('%s::backward' % Gdb.class_of(maker), internal=True, temporary=True)
        stop.condition = 'this == (void*)%d' % int(maker)
        stop.silent = True
        gdb.execute('continue', to_string=True)
        gdb.execute('frame')


Dump('dump')
Graph('graph')
WhereFrom('where-from')
Rule('rule')
