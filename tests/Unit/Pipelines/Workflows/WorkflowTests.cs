using Fairway.Adapters.Yaml;
using Fairway.Configuration;
using Fairway.Pipelines.Expressions;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Pipelines.Workflows;

/// <summary>What is wrong with a workflow, or not supported, is told with its place.</summary>
public sealed class WorkflowTests
{
    private const string Job = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";

    private static WorkflowReading Read(string text, params (string Path, string Text)[] others)
        => WorkflowReader.Read("w.yml", path => path == "w.yml" ? WorkflowYaml.Parse(text, path)
            : others.FirstOrDefault(other => other.Path == path) is { Text: { } found } ? WorkflowYaml.Parse(found, path) : null);

    private static string Told(string text) => string.Join("\n", Read(text).Diagnostics.Select(diagnostic => $"{diagnostic.At.Line}:{diagnostic.At.Column} {diagnostic.Code} {diagnostic.Sentence}"));

    [Theory]
    [InlineData("jobs: {}\n", "1:1 FW1102 the workflow has no on")]
    [InlineData("on: push\n", "1:1 FW1102 the workflow has no jobs")]
    [InlineData("on: push\njobs: {}\n", "2:7 FW1103 jobs is empty")]
    [InlineData("- a\n", "1:1 FW1103 a workflow is a list")]
    [InlineData("on: push\njob: {}\njobs: { a: { runs-on: x, steps: [{ run: y }] } }\n", "2:1 FW1101 job is nothing that a workflow has")]
    [InlineData("on: push\njobs:\n  a:\n    steps: [{ run: y }]\n", "3:3 FW1102 the job a has no runs-on")]
    [InlineData("on: push\njobs:\n  a:\n    runs-on: x\n", "3:3 FW1102 the job a has no steps")]
    [InlineData("on: push\njobs:\n  a:\n    runs-on: x\n    steps: []\n", "5:12 FW1103 steps is empty")]
    [InlineData("on: push\njobs:\n  a: []\n", "3:6 FW1103 the job a is a list")]
    [InlineData("on: push\njobs:\n  1a: { runs-on: x, steps: [{ run: y }] }\n", "3:3 FW1108 \"1a\" cannot be a job's id")]
    [InlineData("on: push\njobs:\n  __a: { runs-on: x, steps: [{ run: y }] }\n", "3:3 FW1108 \"__a\" cannot be a job's id")]
    [InlineData("on: push\njobs:\n  a: { runs-on: x, steps: [{ run: y }] }\n  A: { runs-on: x, steps: [{ run: y }] }\n", "4:3 FW2406 another job has the id A")]
    [InlineData("on: push\njobs:\n  a: { needs: a, runs-on: x, steps: [{ run: y }] }\n", "3:15 FW2405 a needs itself")]
    [InlineData("on: pushh\njobs:\n  a: { runs-on: x, steps: [{ run: y }] }\n", "1:5 FW1106 pushh is no event; expected one of GitHub's events, such as push; did you mean push?")]
    [InlineData(Job + "        with: { a: b }\n", "7:9 FW1101 with is nothing that a step with run has")]
    [InlineData(Job + "      - uses: actions/checkout\n", "7:15 FW1104 uses is \"actions/checkout\"")]
    [InlineData(Job + "      - uses: actions/checkout@v4\n        with: { ref: x }\n", "8:22 FW2402 ref of actions/checkout is not supported")]
    [InlineData(Job + "      - uses: actions/checkout@v4\n        shell: bash\n", "8:9 FW1101 shell is nothing that a step with uses has")]
    [InlineData(Job + "      - run: x\n        background: true\n", "8:9 FW2402 background is not supported: steps run one after the other")]
    [InlineData(Job + "      - uses: ./nowhere\n", "7:15 FW1001 ./nowhere has neither action.yml nor action.yaml")]
    [InlineData(Job + "      - uses: ./../out\n", "7:15 FW1104 ./../out leads out of the checkout")]
    [InlineData(Job + "      - run: x\n        shell: fish\n", "8:16 FW1106 shell is \"fish\"")]
    [InlineData(Job + "      - run: x\n        timeout-minutes: 0\n", "8:26 FW1104 timeout-minutes is \"0\"")]
    [InlineData(Job + "      - run: x\n        continue-on-error: yes\n", "8:28 FW1104 continue-on-error is \"yes\"; expected true or false, without quotes; did you mean true?")]
    [InlineData(Job + "      - run: echo ${{ githb.ref }}\n", "7:23 FW2401 githb is no context")]
    [InlineData(Job + "      - run: |\n          true\n          echo ${{ githb.ref }}\n", "9:20 FW2401 githb is no context")]
    [InlineData(Job + "      - run: x\n        if: secrets.A != ''\n", "8:13 FW2401 secrets is not known in jobs.ID.steps.if")]
    [InlineData(Job + "      - run: x\n        if: ${{ github.ref }} == 'a'\n", "8:13 FW2408 this condition always holds")]
    [InlineData(Job + "      - run: echo \"${{ github.head_ref }}\"\n", "7:20 FW2407 github.head_ref becomes part of the script")]
    [InlineData(Job + "      - run: echo ${{ format('{0}', github.event.commits[0].message) }}\n", "7:19 FW2407 github.event.commits[0].message becomes part of the script")]
    [InlineData(Job + "      - run: echo ${{ toJSON(github.event) }}\n", "7:19 FW2407 github.event becomes part of the script")]
    [InlineData(Job + "      - run: echo ${{ needs.b.outputs.x }}\n", "7:23 FW2409 needs.b: there is no job in needs")]
    [InlineData(Job + "      - run: echo ${{ matrix.os }}\n", "7:23 FW2409 matrix.os: there is no value of the matrix")]
    [InlineData(Job + "    strategy: { matrix: { v: [3.10] } }\n", "7:31 FW2403 3.10 without quotes is the number 3.1")]
    [InlineData(Job + "    strategy: { matrix: { v: [] } }\n", "7:30 FW1103 matrix.v has no value")]
    [InlineData(Job + "    strategy: { matrix: { v: [1], exclude: [{ w: 1 }] } }\n", "7:47 FW1101 the matrix has no w to exclude")]
    [InlineData(Job + "    uses: a/b/.github/workflows/c.yml@v1\n", "FW2402 a/b/.github/workflows/c.yml@v1, a workflow of another repository, is not supported")]
    [InlineData(Job + "    environment: production\n", "7:18 FW2402 environment is not supported: its approvals would not be asked for")]
    [InlineData(Job + "permissions: { contents: wirte }\n", "7:26 FW1106 contents is \"wirte\"; expected read, write or none; did you mean write?")]
    [InlineData(Job + "concurrency: { cancel-in-progress: true }\n", "7:14 FW1102 concurrency has no group")]
    [InlineData("on: { push: { branches: [a], branches-ignore: [b] } }\njobs: { a: { runs-on: x, steps: [{ run: y }] } }\n", "1:30 FW1107 push has both branches and branches-ignore")]
    [InlineData("on: { push: { branches: ['!a'] } }\njobs: { a: { runs-on: x, steps: [{ run: y }] } }\n", "1:15 FW1104 branches only takes out")]
    [InlineData("on: { schedule: [{ cron: '61 * * * *' }] }\njobs: { a: { runs-on: x, steps: [{ run: y }] } }\n", "1:26 FW1104 cron has a minute that is \"61\"")]
    [InlineData("on: push\nx: &a { A: b }\njobs: { a: { runs-on: x, env: { <<: *a }, steps: [{ run: y }] } }\n", "3:33 FW2403 GitHub knows no merge keys")]
    public void A_mistake_is_told_with_its_place(string text, string told) => Assert.Contains(told, Told(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("1", "1")]
    [InlineData("1.10", "1.1")]
    [InlineData("'1.10'", "1.10")]
    [InlineData("0x10", "16")]
    [InlineData("0o17", "15")]
    [InlineData("1e3", "1000")]
    [InlineData("yes", "yes")]
    [InlineData("on", "on")]
    [InlineData("off", "off")]
    [InlineData("True", "true")]
    [InlineData("'True'", "True")]
    [InlineData("null", "")]
    [InlineData("~", "")]
    [InlineData("''", "")]
    [InlineData("2026-01-31", "2026-01-31")]
    [InlineData("1_000", "1_000")]
    [InlineData("12:30:45", "12:30:45")]
    [InlineData("007", "7")]
    [InlineData("+1", "1")]
    [InlineData(".inf", "Infinity")]
    public void A_plain_value_is_what_YAML_1_2_says(string written, string text)
        => Assert.Equal(text, Read($"on: push\nenv: {{ A: {written} }}\njobs: {{ a: {{ runs-on: x, steps: [{{ run: y }}] }} }}\n").Pipeline!.Env["A"]);

    [Fact]
    public void Anchors_are_followed()
        => Assert.Equal("b", Read("on: push\nenv: &e { A: b }\njobs: { a: { runs-on: x, env: *e, steps: [{ run: y }] } }\n").Pipeline!.Jobs[0].Env["A"]);

    [Fact]
    public void Workflows_and_actions_that_use_themselves_are_told()
    {
        var action = "name: a\nruns: { using: composite, steps: [{ uses: ./act }] }\n";
        Assert.Contains(Read(Job + "      - uses: ./act\n", ("act/action.yml", action)).Diagnostics, diagnostic => diagnostic.What == "./act uses itself");
        var loop = "on: [push, workflow_call]\njobs: { a: { uses: ./w.yml } }\n";
        Assert.Contains(Read(loop).Diagnostics, diagnostic => diagnostic.What == "w.yml uses itself");
    }

    [Theory]
    [InlineData("main", true)]
    [InlineData("feature/shop-12_b.c", true)]
    [InlineData("fix: a + b, c", true)]
    [InlineData("naïve", true)]
    [InlineData("a;id", false)]
    [InlineData("$(id)", false)]
    [InlineData("`id`", false)]
    [InlineData("a&b", false)]
    [InlineData("a|b", false)]
    [InlineData("a\"b", false)]
    [InlineData("a'b", false)]
    [InlineData("a\nb", false)]
    [InlineData("a>b", false)]
    [InlineData("a\\b", false)]
    [InlineData("A=b", false)]
    [InlineData("a#b", false)]
    public void Text_from_outside_stays_out_of_scripts_when_it_means_something_to_a_shell(string branch, bool harmless)
    {
        var script = ExpressionTemplate.Parse("echo ${{ github.head_ref }} ${{ github.run_id }}", ExpressionScopes.StepText).Template!;
        var context = ExpressionContext.Empty.With("github", ExpressionValue.OfTexts([new("head_ref", branch), new("run_id", "$7")]));
        var (text, fault) = ScriptInjection.Script(script, context);
        Assert.Equal(harmless ? $"echo {branch} $7" : null, text);
        Assert.Equal(harmless ? null : "github.head_ref has signs in it that mean something to a shell", fault?.What);
    }

    [Theory]
    [InlineData("github.head_ref", true)]
    [InlineData("GITHUB['Head_Ref']", true)]
    [InlineData("github.event.commits.*.message", true)]
    [InlineData("github.event.commits[0].author.name", true)]
    [InlineData("github.event[github.x]", true)]
    [InlineData("github", true)]
    [InlineData("format('{0}', github.ref_name)", true)]
    [InlineData("github.head_ref || 'main'", true)]
    [InlineData("fromJSON(toJSON(github)).x", true)]
    [InlineData("github.head_ref == 'x'", false)]
    [InlineData("!github.head_ref", false)]
    [InlineData("contains(github.event.issue.title, 'x')", false)]
    [InlineData("github.sha", false)]
    [InlineData("github.event.number", false)]
    [InlineData("github.event.pull_request.head.sha", false)]
    [InlineData("matrix.os", false)]
    public void Text_that_people_outside_choose_is_known(string expression, bool known)
        => Assert.Equal(known, ScriptInjection.Source(Expression.Parse(expression, ExpressionScope.Any).Expression!.Root) is not null);

    [Theory]
    [InlineData("::error file=app.js,line=1,col=5,title=Oh::It broke", "error", "error: app.js:1:5: Oh: It broke")]
    [InlineData("  ::warning::careful", "warning", "warning: careful")]
    [InlineData("::notice file=a%3Ab%2Cc::50%25 done%0Anext", "notice", "notice: a:b,c: 50% done\nnext")]
    [InlineData("::Group::Build", "group", null)]
    [InlineData("::endgroup::", "endgroup", null)]
    [InlineData("::add-mask::hush", "add-mask", null)]
    [InlineData("::set-output name=a::b", "set-output", null)]
    [InlineData("::debug::%250A", "debug", null)]
    public void A_command_is_read_out_of_a_line(string line, string name, string? annotation)
    {
        var command = WorkflowCommand.Parse(line)!;
        Assert.Equal((name, annotation), (command.Name, command.Annotation));
        Assert.Equal(name is "set-output", command.IsRetired);
        Assert.Equal(line.Contains("%250A", StringComparison.Ordinal) ? "%0A" : command.Message, command.Message);
    }

    [Theory]
    [InlineData("echo ::error::x")]
    [InlineData("::error")]
    [InlineData("::::")]
    [InlineData(":: error::x")]
    [InlineData("a::b::c")]
    [InlineData("::é::x")]
    [InlineData("")]
    public void Other_lines_are_no_commands(string line) => Assert.Null(WorkflowCommand.Parse(line));

    [Theory]
    [InlineData("a\n::add-mask::hush\nb\n", "a\n<add-mask hush>\nb\n")]
    [InlineData("  ::group::x\n::endgroup::", "<group x>\n<endgroup >\n")]
    [InlineData("x ::error::y\n:\n::\n", "x ::error::y\n:\n::\n")]
    [InlineData("::stop-commands::w\n::error::a\n::w::\n::error::b\n", "::stop-commands::w\n::error::a\n::w::\n<error b>\n")]
    [InlineData("no end", "no end")]
    [InlineData("::no", "::no")]
    [InlineData("", "")]
    public void Commands_are_found_however_the_output_is_cut(string text, string passed)
    {
        for (var size = 1; size <= text.Length + 1; size++)
        {
            var into = new System.Buffers.ArrayBufferWriter<byte>();
            var lines = new CommandLines(command => $"<{command.Name} {command.Message}>");
            foreach (var piece in System.Text.Encoding.UTF8.GetBytes(text).Chunk(size)) lines.Write(piece, into);
            lines.Flush(into);
            Assert.Equal(passed, System.Text.Encoding.UTF8.GetString(into.WrittenSpan));
        }
    }

    [Fact]
    public void Any_text_is_read_to_an_end_with_places_inside_it()
    {
        string[] pieces = ["\n", " ", "  ", ":", "- ", "{", "}", "[", "]", "'", "\"", "|", ">", "*a", "&a ", "${{", "}}", "jobs", "steps", "uses: ./x", "if: a ==", "needs: [a]", "~", "\t", "é", "matrix", "<<: *a"];
        var original = File.ReadAllText(Path.Combine(CorpusTests.Folder(), "Corpus/node-matrix/.github/workflows/node.yml"));
        var edits = (from at in Gen.Choose(0, original.Length) from piece in Gen.Elements(pieces) from cut in Gen.Choose(0, 12) select (at, piece, cut)).ListOf(4);
        Prop.ForAll(edits.ToArbitrary(), list =>
        {
            var text = list.Aggregate(original, (text, edit) => text.Remove(edit.at % text.Length, Math.Min(edit.cut, text.Length - edit.at % text.Length)).Insert(edit.at % Math.Max(1, text.Length - edit.cut), edit.piece));
            var reading = Read(text);
            Assert.Equal(reading.Pipeline is null, reading.Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
            foreach (var diagnostic in reading.Diagnostics) Assert.InRange(diagnostic.At.Line, 1, text.Count(letter => letter is '\n' or '\r') + 2);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }
}
