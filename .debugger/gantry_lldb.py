"""Gantry in lldb: how tensors print, what `step` walks past, and the commands dump, graph and where-from. `make lldb`
loads it; by hand:

    lldb -o 'command script import .debugger/gantry_lldb.py' build/debug/examples/02_one_step
"""
import os
import subprocess
import sys

import lldb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import words  # noqa: E402


def valid(value):
    if not value.IsValid() or value.GetError().Fail():
        raise ValueError(str(value.GetError()))
    return value


class Lldb:
    """What words.py asks of a debugger."""

    @staticmethod
    def field(value, path):
        value = value.GetNonSyntheticValue()
        if value.GetType().IsReferenceType():
            value = value.Dereference()
        for name in path.split('.'):
            value = valid(value.GetChildMemberWithName(name))
        return value

    @staticmethod
    def number(value):
        return valid(value).GetValueAsUnsigned() if value.GetType().IsPointerType() else valid(value).GetValueAsSigned()

    @staticmethod
    def integers(array, how_many):
        data = Lldb.memory(valid(array).GetLoadAddress(), 8 * how_many)
        return [int.from_bytes(data[8 * i:8 * i + 8], 'little', signed=True) for i in range(how_many)]

    @staticmethod
    def text(value):
        return (value.GetSummary() or '""')[1:-1]

    @staticmethod
    def items(vector):
        vector.SetPreferSyntheticValue(True)
        return [vector.GetChildAtIndex(i) for i in range(vector.GetNumChildren())]

    @staticmethod
    def memory(address, size):
        error = lldb.SBError()
        data = lldb.debugger.GetSelectedTarget().GetProcess().ReadMemory(address, size, error)
        if error.Fail():
            raise ValueError(str(error))
        return data

    @staticmethod
    def follow(pointer):
        return pointer.Dereference() if Lldb.number(pointer) else None

    @staticmethod
    def class_of(pointer):
        """From the symbol that the object's first word points into: `vtable for gantry::LinearBackward`."""
        target = lldb.debugger.GetSelectedTarget()
        table = int.from_bytes(Lldb.memory(Lldb.number(pointer), target.GetAddressByteSize()), 'little')
        for module in target.module_iter():
            for section in module.section_iter():  # not ResolveLoadAddress, which a thread-local section misleads
                offset = table - section.GetLoadAddress(target)
                if 0 <= offset < section.GetByteSize():
                    symbol = module.ResolveFileAddress(section.GetFileAddress() + offset).GetSymbol()
                    if symbol.IsValid() and 'vtable for ' in symbol.GetName():
                        return symbol.GetName().replace('vtable for ', '')
        return 'unknown'

    @staticmethod
    def real_size():
        return lldb.debugger.GetSelectedTarget().FindFirstType('gantry::Real').GetByteSize()


def tensor_summary(value, _):
    return words.tensor(Lldb, value)


def shape_summary(value, _):
    return words.shape(Lldb, value)


def needs_summary(value, _):
    return words.needs(Lldb, value)


def function_summary(value, _):
    return words.function(Lldb, value)


def find(frame, expression, result):
    value = frame.GetValueForVariablePath(expression)
    if not value.IsValid() or value.GetError().Fail():
        value = frame.EvaluateExpression(expression)
    if words.tensor(Lldb, value) in ('undefined', words.NOT_YET):
        result.SetError('%s is no Tensor, or not yet' % expression)
        return None
    return value


def address(value):
    value = value.GetNonSyntheticValue()
    return (value.Dereference() if value.GetType().IsReferenceType() else value).GetLoadAddress()


def call(frame, code, result):
    options = lldb.SBExpressionOptions()
    options.SetLanguage(lldb.eLanguageTypeC_plus_plus)
    outcome = frame.EvaluateExpression(code, options)
    error = outcome.GetError()
    if error.Fail() and error.GetError() != 0x1001:  # 0x1001: a void function has no value
        result.SetError(str(error))


def dump(debugger, argument, context, result, _):
    """dump TENSOR: shape, all its numbers, the operation that made it with its inputs, and its gradient."""
    value = find(context.GetFrame(), argument.strip(), result)
    if value:
        call(context.GetFrame(), 'gantry::dump(*(gantry::Tensor*)%d)' % address(value), result)


def graph(debugger, argument, context, result, _):
    """graph TENSOR [FILE]: draws what it was computed from; FILE (runs/graph.svg) ends in svg, png, pdf or dot."""
    what, _, file = argument.strip().rpartition(' ')
    if not what:
        what, file = file, 'runs/graph.svg'
        os.makedirs('runs', exist_ok=True)
    value = find(context.GetFrame(), what, result)
    if value:
        # lldb interrupts a call in which the program starts another, so the picture is made from the text here.
        text = os.path.splitext(os.path.abspath(file))[0] + '.dot'
        code = 'gantry::draw(*(const gantry::Tensor*)%d, (const char*)"%s")' % (address(value), text)
        call(context.GetFrame(), code, result)
        if result.Succeeded() and not file.endswith('.dot'):
            try:
                subprocess.run(['dot', '-T' + file.rsplit('.', 1)[-1], '-o' + file, text], check=True)
            except (OSError, subprocess.CalledProcessError) as error:
                result.SetError('wrote %s, but Graphviz could not draw it: %s' % (text, error))
        if result.Succeeded():
            result.AppendMessage('wrote ' + file)


def where_from(debugger, argument, context, result, _):
    """where-from TENSOR: the operations that made it, each above its inputs."""
    value = find(context.GetFrame(), argument.strip(), result)
    for line, _ in words.history(Lldb, value) if value else ():
        result.AppendMessage(line)


def __lldb_init_module(debugger, _):
    run = debugger.HandleCommand
    for kind, name in (('gantry::Tensor', 'tensor'), ('gantry::Shape', 'shape'), ('gantry::Needs', 'needs'),
                       ('gantry::Function *', 'function')):
        run('type summary add --python-function gantry_lldb.%s_summary "%s"' % (name, kind))
    for command, name in (('dump', 'dump'), ('graph', 'graph'), ('where-from', 'where_from')):
        run('command script add -f gantry_lldb.%s %s' % (name, command))
    run('settings set target.process.thread.step-avoid-regexp '
        '"^(std::|__gnu_cxx::|operator (new|delete)|gantry::(Tensor::(Tensor|~Tensor|operator=|body|defined|shape|size|'
        'data|mutable_data|maker|requires_grad|values)|Storage::|Shape::|Body::|Needs::|checked|inputs_of|empty))"')
