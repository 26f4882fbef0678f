"""Values reach programs as they are, wherever they stand in a command, and are never run."""

import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.dsl.commands import Word, first_word, single_word
from flow_tui.dsl.shell import VARIABLE, expand

SHELLS = [name for name in ("sh", "dash", "bash") if shutil.which(name)]

TEMPLATES = {
    "bare": "printf '%s' {{v}}",
    "double": "printf '%s' \"{{v}}\"",
    "single": "printf '%s' '{{v}}'",
    "substituted": "printf '%s' \"$(printf '%s.' {{v}})\"",
    "heredoc": "cat <<EOF\n{{v}}\nEOF",
    "default": 'printf "%s" "${UNSET_HERE:-{{v}}}"',
    "assigned": "x={{v}}; printf '%s' \"$x\"",
    "cased": 'case x in x) printf "%s" "$(case y in (y) printf "%s." {{v}};; esac)";; esac',
}
PAYLOADS = [
    "plain",
    "",
    " ",
    "two words",
    "it's",
    '"',
    "'",
    "\\",
    "\\\\",
    "a\\",
    "$HOME",
    "${HOME}",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "&& touch pwned",
    "| touch pwned",
    "\ntouch pwned\n",
    "' ; touch pwned ; '",
    '" ; touch pwned ; "',
    "'\"'\"'; touch pwned #",
    "*",
    "?",
    "[a-z]*",
    "~",
    "-n",
    "--help",
    "#",
    "# comment",
    "!",
    "!!",
    "{a,b}",
    "<(touch pwned)",
    "> pwned",
    "EOF",
    "EOF\ntouch pwned",
    "%s%n",
    "\t tab",
    "é 漢字 🎉",
    "{{v}}",
    "}}",
    "$((1+1))",
    "a=$(touch pwned)",
]


def run(program: str, names: tuple[str, ...], values: dict[str, str], folder, shell: str = "sh") -> str:
    """Return what a program prints."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    for number, name in enumerate(names, 1):
        environment[f"{VARIABLE}{number}"] = values[name]
    done = subprocess.run(
        [shell, "-c", program], env=environment, cwd=folder, capture_output=True, check=False, timeout=10
    )
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.mark.real_time
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("shape", TEMPLATES)
def test_a_hostile_value_is_printed_and_not_run(shape, shell, tmp_path):
    """Eight ways of writing a value, every payload, every shell there is: the same bytes come out."""
    program = expand(TEMPLATES[shape])
    assert (program.names, program.unsafe) == (("v",), ())
    for payload in PAYLOADS:
        printed = run(program.text, program.names, {"v": payload}, tmp_path, shell)
        extra = {"heredoc": "\n", "substituted": ".", "cased": "."}.get(shape, "")
        assert printed == payload + extra
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("echo {{a}}{{b}} {{a}}", 'echo "${V1}""${V2}" "${V1}"'),
        ("echo pre{{a}}post", 'echo pre"${V1}"post'),
        ('echo "x {{a}}"', 'echo "x ${V1}"'),
        ("echo 'x {{a}}'", "echo 'x '\"${V1}\"''"),
        ("echo \\{{a}}", 'echo "${V1}"'),
        ('echo "\\{{a}}"', 'echo "\\\\${V1}"'),
        ("echo '\\{{a}}'", "echo '\\'\"${V1}\"''"),
        ('echo "it\'s {{a}}"', 'echo "it\'s ${V1}"'),
        ("# it's {{b}}\necho {{a}} # {{b}}", '# it\'s {{b}}\necho "${V1}" # {{b}}'),
        ("echo a#{{a}}", 'echo a#"${V1}"'),
        ("echo ${x:-{{a}}}", 'echo ${x:-"${V1}"}'),
        ("echo ${x:-'{{a}}'}", "echo ${x:-''\"${V1}\"''}"),
        ('echo ${x:-"{{a}}"}', 'echo ${x:-"${V1}"}'),
        ("echo ${x:-\\{{a}}}", 'echo ${x:-\\"${V1}"}'),
        ("echo ${x:-\\}{{a}}}", 'echo ${x:-\\}"${V1}"}'),
        ("echo ${x:-$(echo {{a}})}", 'echo ${x:-$(echo "${V1}")}'),
        ('echo "$(echo "{{a}}")"', 'echo "$(echo "${V1}")"'),
        ("echo `echo {{a}}` {{a}}", 'echo `echo "${V1}"` "${V1}"'),
        ("(echo {{a}}); {{a}}", '(echo "${V1}"); "${V1}"'),
        ("x=$((1+(2))); echo {{a}}", 'x=$((1+(2))); echo "${V1}"'),
        ("x=$(($(echo 1)+1)); echo {{a}}", 'x=$(($(echo 1)+1)); echo "${V1}"'),
        ('x=$((echo 1) | cat); echo "{{a}}"', 'x=$((echo 1) | cat); echo "${V1}"'),
        ("cat <<A <<-B\n{{a}}\nA\n\tB\necho {{a}}", 'cat <<A <<-B\n${V1}\nA\n\tB\necho "${V1}"'),
        ('cat <<A\n\\{{a}} `echo` "\nA\necho {{a}}', 'cat <<A\n\\\\${V1} `echo` "\nA\necho "${V1}"'),
        ("cat <<A\n$(echo {{a}}\nA\necho {{a}}", 'cat <<A\n$(echo "${V1}"\nA\necho "${V1}"'),
        ("cat <<A\n{{a}}", "cat <<A\n${V1}"),
        ("cat <<'A'\n'\nA\necho {{a}}", "cat <<'A'\n'\nA\necho \"${V1}\""),
        ("cat <<< {{a}}", 'cat <<< "${V1}"'),
        ("echo \\\n {{a}} \\", 'echo \\\n "${V1}" \\'),
        ("sh -c 'echo \"$1\"' _ {{a}}", 'sh -c \'echo "$1"\' _ "${V1}"'),
        ("sh -o pipefail x {{a}}", 'sh -o pipefail x "${V1}"'),
        ("sh x.sh {{a}}", 'sh x.sh "${V1}"'),
        ("bash -c 'cat' <<A\n{{a}}\nA", "bash -c 'cat' <<A\n${V1}\nA"),
        ("echo eval {{a}}", 'echo eval "${V1}"'),
        ("python x.py -c {{a}}", 'python x.py -c "${V1}"'),
        ("python -m json.tool {{a}}", 'python -m json.tool "${V1}"'),
        ("perl -e 'print @ARGV' {{a}}", "perl -e 'print @ARGV' \"${V1}\""),
        ("awk -v x={{a}} '{print x}' {{a}}", 'awk -v x="${V1}" \'{print x}\' "${V1}"'),
        ("awk -f p.awk {{a}}", 'awk -f p.awk "${V1}"'),
        ("sed -e p -n {{a}}", 'sed -e p -n "${V1}"'),
        ("sed -n p {{a}}", 'sed -n p "${V1}"'),
        ("sed -f {{a}} x", 'sed -f "${V1}" x'),
        ("ssh -i {{a}} {{a}} ls", 'ssh -i "${V1}" "${V1}" ls'),
        ("git -c user.name={{a}} log", 'git -c user.name="${V1}" log'),
        ("gcc -c {{a}}", 'gcc -c "${V1}"'),
        ("echo '{{a}}", "echo ''\"${V1}\"'"),
        ("echo )) {{a}}", 'echo )) "${V1}"'),
        ("no values", "no values"),
        ("$ {{a}}", '$ "${V1}"'),
        ("cat <<A\n$x\nA", "cat <<A\n$x\nA"),
    ],
)
def test_an_expansion_suits_the_quotes_around_it(run, expected):
    """What the author wrote stays; only the placeholder changes."""
    program = expand(run)
    assert program.text == expected.replace("${V", "${" + VARIABLE)
    assert program.unsafe == ()


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ("eval {{a}}", "'eval' runs"),
        ('eval "echo $(echo {{a}})"', "'eval' runs"),
        ("A=1 command -p eval x{{a}}", "'eval' runs"),
        ("'eval' \"{{a}}\"", "'eval' runs"),
        ("trap 'rm {{a}}' EXIT", "'trap' runs"),
        ("if eval {{a}}; then :; fi", "'eval' runs"),
        ("sh -c {{a}}", "'sh -c' runs"),
        ("sudo /bin/bash -eo pipefail -c 'x {{a}}'", "'/bin/bash -c' runs"),
        ('xargs -n1 sh -c "{{a}}"', "'sh -c' runs"),
        ('python3 -c "print({{a}})"', "'python3 -c' runs"),
        ("/usr/bin/env python3.11 -Ic 'x {{a}}'", "'python3.11 -Ic' runs"),
        ("perl -ne 'print {{a}}' f", "'perl -ne' runs"),
        ("perl -i -pe's/{{a}}/b/' f", "'perl -pe' runs"),
        ("timeout 5 node --eval {{a}}", "'node --eval' runs"),
        ("ruby -e {{a}}", "'ruby -e' runs"),
        ("php -r {{a}}", "'php -r' runs"),
        ("awk -F, '{print {{a}}}' f", "'awk' runs its first argument"),
        ("sed s/x/{{a}}/ f", "'sed' runs its argument"),
        ("sed -n -e p -e '{{a}}p' f", "'sed' runs its argument"),
        ("sed --expression={{a}} f", "'sed' runs its argument"),
        ("su - bob -c 'ls {{a}}'", "'su -c' runs"),
        ("ssh -p 22 host 'ls {{a}}'", "on the other machine"),
        ("ssh host ls {{a}}", "on the other machine"),
        ("x=`eval {{a}}`", "'eval' runs"),
        ("cat <<'E'\n{{a}}\nE", "delimiter is quoted"),
        ("cat <<\\E\n{{a}}\nE", "delimiter is quoted"),
        ("sh <<E\n{{a}}\nE", "read by a shell"),
        ("sudo bash -s <<E\n$(echo {{a}})\nE", "read by a shell"),
        ("cat <<E | bash\n{{a}}\nE", "read by a shell"),
        ("echo $(({{a}}+1))", "as an expression"),
        ("echo $'{{a}}'", "in its own way"),
        ('echo "`echo {{a}}`"', "read their text twice"),
        ("echo ${ {{a}} }", "cannot be the name"),
        ("cat << {{a}}", "cannot end a here-document"),
    ],
)
def test_a_value_that_would_be_program_text_is_refused(run, reason):
    """No expansion helps where the shell reads a text a second time."""
    found = expand(run).unsafe
    assert [reason in each.reason for each in found] == [True]


@given(st.text("{}va'\"\\$()`;&|<>#\n EOFcase-", max_size=80))
def test_any_command_is_read_to_its_end(text):
    """Taking the expansions out again leaves what the author wrote around the values."""
    program = expand(text)
    assert isinstance(program.text, str)
    assert len(program.names) == len(set(program.names))
    for number in range(1, len(program.names) + 1):
        assert f"${{{VARIABLE}{number}}}" in program.text


@pytest.mark.parametrize(
    ("run", "word"),
    [
        ("x.sh --flag", Word(text="x.sh", start=0, end=4)),
        ("  A=1 B='x y' ./x.sh", Word(text="./x.sh", start=14, end=20)),
        ("'my tool' x", Word(text="my tool", start=0, end=9)),
        ('"my tool"; x', Word(text="my tool", start=0, end=9)),
        ("x;y", Word(text="x", start=0, end=1)),
        ("x'y' z", None),
        ("$x", None),
        ("{{x}}/a", None),
        ("(cd x)", None),
        ("", None),
        ("A=1", None),
    ],
)
def test_the_first_word_of_a_command_is_its_program(run, word):
    """If the text alone says what it is."""
    assert first_word(run) == word


@pytest.mark.parametrize(
    ("run", "word"),
    [(" x.sh\n", "x.sh"), ("a/b-c", "a/b-c"), ("x y", None), ("x;", None), ("$x", None), ("", None)],
)
def test_a_command_of_one_word_needs_no_shell(run, word):
    """Anything that a shell would change is more than a word."""
    assert single_word(run) == word
