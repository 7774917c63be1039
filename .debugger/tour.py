"""`make tour`: one training iteration of examples/02_one_step in eleven stops, in gdb.

Each stop says what is to be seen there, shows the line, evaluates a few expressions, and waits for Enter; a line typed
there is a gdb command. It waits for nobody when standard input is no terminal. Stops are anchored at functions and at
statements' text, never at line numbers. `.ci/tour` compares the transcript with tests/reference/tour.txt.
"""
import os
import re
import sys
import textwrap

import gdb

PROGRAM = 'examples/02_one_step.cpp'
gdb.execute('set pagination off')
gdb.execute('set breakpoint pending off')
gdb.execute('set style enabled off')
gdb.execute('set print address off')
gdb.execute('set print frame-arguments presence')
gdb.execute('set print frame-info short-location')
gdb.execute('set startup-with-shell on')
for command in 'set disable-randomization off', 'set debuginfod enabled off':  # containers refuse the one, some gdb the other
    try:
        gdb.execute(command, to_string=True)
    except gdb.error:
        pass


def statement(text, file=PROGRAM):
    """FILE:LINE of the one line that contains the text."""
    with open(file, encoding='utf-8') as lines:
        found = [number for number, line in enumerate(lines, 1) if text in line]
    if len(found) != 1:
        stop('%s has %d lines with `%s`, the tour wants one' % (file, len(found), text))
    return '%s:%d' % (file, found[0])


# (where, title, what the reader sees, items). `=` evaluates, `$` is a gdb command, `>` runs on to a statement of PROGRAM.
STOPS = [
    (lambda: statement('const Tensor r = linear(x, u, c);'), 'The numbers are already there',
     '''Steps 1 and 2 of the iteration are done: x was sampled (here: given), and the generator made fakes of the noise z.
        A Tensor is a handle for its numbers and its history. Operations compute at once, so a debugger can show every
        value. x, z and the weights were given; fake remembers the operation that made it. u and c require a gradient:
        they are the discriminator's weights.''',
     ['= x', '= z', '= fake', '= u', '= c']),

    ('gantry::linear', 'An operation',
     '''Step 3, discriminator predictions: r = D(x) = u x + c. An operation checks shapes, computes its numbers y in a
        kernel, and then calls record<LinearBackward>(y, {x, W, b}): y remembers who made it, and from what. Its rule
        stands directly above it in the same file.''',
     ['= x', '= W', '= b']),

    (lambda: statement('const Tensor D_loss = loss.discriminator(r, f);'), 'What was recorded',
     '''Both batches have their logits now: r for real samples, f for fakes. where-from tells the history of a tensor.
        That of f ends at a tensor that is just given: fake.detach() cut the generator off, because this is the
        discriminator's turn and the generator's weights must not move.''',
     ['$ where-from r', '$ where-from f']),

    ('gantry::logistic_discriminator', 'The loss',
     '''Step 4, loss calculation. The non-saturating family hands the discriminator's part to the logistic loss, binary
        cross-entropy of "real" against "fake":   L_D = mean softplus(-r) + mean softplus(f).   It is minimised: the
        discriminator wants r large and f small. The backtrace shows the way from the program to here: two frames.''',
     ['= real_logits', '= fake_logits', '$ backtrace 3']),

    (lambda: statement('const Tensors D_gradients = grad(D_loss, {r, f, u, c});'), 'One node of the graph',
     '''The loss is one number, and one node of the graph: logistic_discriminator, with a rule of its own in closed form,
        which no saturated sigmoid can spoil. Everything below it in this list is what reverse mode will walk through.
        r and f share the parameters u and c: each is used twice, so its gradient will be a sum of two.''',
     ['= D_loss', '$ where-from D_loss']),

    ('gantry::LogisticDiscriminatorBackward::backward', 'A rule: the loss\'s derivative',
     '''Step 5, backpropagation. grad() walks from the youngest tensor to the oldest; an operation is younger than its
        inputs, so no sorting by dependence is needed. The first rule is the loss's own, and dL/dL = 1 goes in:
        dr = -s(-r) / n and df = s(f) / m come out, s being the sigmoid. A rule only computes; grad() adds up.''',
     ['= dL', '= inputs[0]', '= inputs[1]', '$ backtrace 5']),

    ('gantry::LinearBackward::backward', 'The next rule: a layer\'s derivative',
     '''Further back: dy is what the loss's rule just returned for this layer's output, here the fakes' logits f (the
        younger of the two). dW = dy^T x, db = sum of dy. inputs[0], x, is the detached batch of fakes: `need` leaves it
        out, so no gradient of it is computed. The same rule then runs once more for r.''',
     ['= dy', '= inputs[0]', '= inputs[1]', '= need']),

    (lambda: statement('kernels::add(sum.size(), sum.data()', 'core/grad.cpp'), 'Two uses, one sum',
     '''The rule has run for f and for r, and both use u: its gradient is the sum over its uses. `sum` is what came from
        the fakes, `gradient` what comes from the real samples; accumulate() adds the second to the first, in place,
        because nobody else holds it. The bias c is added up in the same way.''',
     ['= sum', '= gradient', '$ backtrace 3']),

    ('gantry::Sgd::update', 'The update',
     '''The optimizer gets dL_D/du and moves u against it: u - lr dL/du. This is the only place where a parameter changes.
        Its storage counts modifications: had anything still to be differentiated through the old u, grad() would refuse
        and name it.''',
     ['= parameters_[i]', '= gradient', '= lr_', '> show("u - lr dL_D/du", u);', '= u']),

    ('gantry::NonSaturating::generator', 'The generator\'s turn',
     '''The same fakes, seen by the new discriminator, this time without detach(): the graph reaches back to w and b.
        L_G = mean softplus(-f), with the slope -s(-f) / m: near -1 / m where the discriminator is sure that a sample is
        fake. Minimax would have -s(f) / m there, which vanishes. That difference is the whole point of this loss.''',
     ['= fake_logits', '$ where-from fake_logits']),

    (lambda: statement('const Tensor new_fake = linear(z, w, b);'), 'After the iteration',
     '''The gradients of the generator's loss: dL_G/df, then through the discriminator to the samples, dL_G/dG(z), then
        to w and b. Both are negative here: w and b grew, the samples moved to the right, towards the real data at 2 and
        3. The same five steps, some thousand times, are the training loop in examples/kit/train/training.cpp.''',
     ['= G_loss', '= G_gradients[0]', '= G_gradients[1]', '= G_gradients[2]', '= G_gradients[3]', '= w', '= b']),
]


def stop(problem):
    print('tour: ' + problem)
    sys.stdout.flush()
    gdb.execute('quit 1')


def show_source():
    """The lines around the one that comes next. .ci/tour leaves them out of its comparison."""
    place = gdb.selected_frame().find_sal()
    with open(place.symtab.fullname(), encoding='utf-8') as file:
        lines = file.read().split('\n')
    print('    | ' + re.sub('.*/(?=(core|losses|optim|nn|examples)/)', '', place.symtab.fullname()))
    for number in range(max(place.line - 3, 1), min(place.line + 4, len(lines))):
        print(('    |%s %s' % ('>' if number == place.line else ' ', lines[number - 1])).rstrip())


def run_to(spec, command='continue'):
    """False if the program ended or stopped elsewhere."""
    there = gdb.Breakpoint(spec, internal=True, temporary=True)
    there.silent = True
    gdb.execute(command, to_string=True)
    return gdb.selected_inferior().pid != 0 and not there.is_valid()  # a temporary breakpoint that was hit is gone


def show(item):
    kind, text = item.split(' ', 1)
    try:
        if kind == '$':
            result = gdb.execute(text, to_string=True)
            print('    (gdb) %s\n%s' % (text, re.sub('^', '    ', result.rstrip(), flags=re.M)))
        elif kind == '>':
            if not run_to(statement(text)):
                stop('`%s` was not reached' % text)
            print('    ... on to ' + text)
        else:
            print('    %s = %s' % (text, gdb.parse_and_eval(text).format_string(max_elements=20)))
    except gdb.error as error:
        stop('`%s` failed: %s' % (text, error))


def wait(last):
    if not sys.stdin.isatty():
        return
    while True:
        try:
            line = input('\n[Enter %s; or a gdb command; q quits] ' % ('ends the tour' if last else 'continues')).strip()
        except EOFError:
            line = 'q'
        if not line:
            return
        if line in ('q', 'quit'):
            gdb.execute('quit 0')
        try:
            gdb.execute(line)
        except gdb.error as error:
            print(error)


def visit(number, where, title, text, items):
    spec = where() if callable(where) else where
    try:
        if not run_to(spec, 'run > /dev/null' if number == 1 else 'continue'):
            stop('stop %d, %s, was not reached' % (number, spec))
    except gdb.error as error:
        stop('stop %d, %s: %s' % (number, spec, error))
    print('\n--- %d of %d: %s\n' % (number, len(STOPS), title))
    print(textwrap.fill(' '.join(text.split()), 80, break_on_hyphens=False) + '\n')
    show_source()
    print('')
    for item in items:
        show(item)
    sys.stdout.flush()
    wait(number == len(STOPS))


print('One training iteration of the smallest GAN, ' + PROGRAM + ',\n'
      'in %d stops. What the program itself prints is left out here;\n'
      '`make run-02_one_step` shows it.' % len(STOPS))
for index, entry in enumerate(STOPS, 1):
    visit(index, *entry)
try:
    gdb.execute('continue', to_string=True)
except gdb.error:
    pass
if gdb.selected_inferior().pid:
    stop('the program did not end after the last stop')
print('\nThe end. `make gdb` stops at the first loss and leaves the rest to you.')
