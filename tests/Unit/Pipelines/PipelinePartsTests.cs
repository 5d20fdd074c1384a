using System.Buffers;
using System.Text;
using Fairway.Configuration;
using Fairway.Pipelines.Reports;
using Xunit;

namespace Fairway.Pipelines;

public sealed class PipelinePartsTests
{
    [Fact]
    public void A_need_that_is_no_job_is_said_with_the_nearest_name()
        => Assert.Equal(new GraphIssue("b", "job b needs biuld, which is no job", "build"), Assert.Single(PipelineGraph.Check(Given.Pipeline(Given.Job("build"), Given.Job("b", "biuld")))));

    [Fact]
    public void A_circle_is_named_from_beginning_to_end()
        => Assert.Equal("jobs wait for each other in a circle: a → c → b → a", Assert.Single(PipelineGraph.Check(Given.Pipeline(Given.Job("a", "c"), Given.Job("b", "a"), Given.Job("c", "b")))).What);

    [Fact]
    public void A_job_without_needs_waits_for_earlier_stages()
    {
        var pipeline = Given.Pipeline(Given.Job("a") with { Stage = "one", Needs = null }, Given.Job("b") with { Stage = "two", Needs = null }) with { Stages = ["one", "two"] };
        Assert.Equal(["a"], PipelineGraph.NeedsOf(pipeline, pipeline.Jobs[1]));
    }

    // GitHub's documentation, "Expanding or adding matrix configurations": its example and what it says comes of it.
    [Fact]
    public void Includes_are_added_as_GitHub_documents_it()
    {
        static ImmutableSortedDictionary<string, MatrixValue> Row(params (string, string)[] pairs) => pairs.ToImmutableSortedDictionary(pair => pair.Item1, pair => MatrixValue.Of(pair.Item2));
        var matrix = new JobMatrix
        {
            Axes = [new("fruit", [MatrixValue.Of("apple"), MatrixValue.Of("pear")]), new("animal", [MatrixValue.Of("cat"), MatrixValue.Of("dog")])],
            Include =
            [
                Row(("color", "green")), Row(("color", "pink"), ("animal", "cat")), Row(("fruit", "apple"), ("shape", "circle")), Row(("fruit", "banana")),
                Row(("fruit", "banana"), ("animal", "cat")),
            ],
        };
        Assert.Equal(
            ["apple cat pink circle", "apple dog green circle", "pear cat pink", "pear dog green", "banana", "cat banana"],
            MatrixExpansion.Expand(matrix).Combinations.Select(one => string.Join(' ', one.Values.Select(pair => pair.Value.Text))));
    }

    [Theory]
    [InlineData("src/**", "src/a/b.c", true)]
    [InlineData("src", "src/a/b.c", true)]
    [InlineData("*.c", "a.c", true)]
    [InlineData("*.c", "src/a.c", false)]
    [InlineData("**/*.c", "a.c", true)]
    [InlineData("a/**/z", "a/z", true)]
    [InlineData("a/**/z", "a/b/c/z", true)]
    [InlineData("[a-c]?.txt", "b1.txt", true)]
    [InlineData("[!a-c]?.txt", "b1.txt", false)]
    [InlineData("a*b*c*d*e*f", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void Patterns_select_files(string pattern, string path, bool taken) => Assert.Equal(taken, new FileSelection([pattern]).Takes(path));

    [Fact]
    public void What_is_taken_out_can_be_taken_in_again()
    {
        var selection = new FileSelection(["src/**", "!src/gen/**", "src/gen/keep.c"]);
        Assert.Equal([true, false, true], new[] { "src/a.c", "src/gen/x.c", "src/gen/keep.c" }.Select(selection.Takes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Secrets_are_masked_however_the_output_is_cut(int size)
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes("user:hunter2-long-secret"));
        var text = $"a hunter2-long-secret b\nhunter2-long-secre {encoded}\nfirst-line-of-key and second-line-of-key end";
        var mask = new SecretMask(["hunter2-long-secret", "first-line-of-key\nsecond-line-of-key"]);
        var into = new ArrayBufferWriter<byte>();
        foreach (var piece in Encoding.UTF8.GetBytes(text).Chunk(size)) mask.Write(piece, into);
        mask.Flush(into);
        var clean = Encoding.UTF8.GetString(into.WrittenSpan);
        Assert.StartsWith("a *** b\nhunter2-long-secre ", clean, StringComparison.Ordinal);
        Assert.EndsWith("\n*** and *** end", clean, StringComparison.Ordinal);
        Assert.DoesNotContain(encoded[8..^4], clean, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_over_several_lines_are_read()
    {
        var (values, problem) = StepExchange.Read("a=1\nnotes<<END\nfirst\nsecond\nEND\nb=x=y\n", "FAIRWAY_OUTPUT");
        Assert.Null(problem);
        Assert.Equal(("1", "first\nsecond", "x=y"), (values!["a"], values["notes"], values["b"]));
        Assert.Contains("not ended", StepExchange.Read("a<<END\nx", "FAIRWAY_OUTPUT").Problem!.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_queue_keeps_the_newest_or_all_or_replaces()
    {
        var (queue, _) = ConcurrencyQueue.Empty.Enter("a", "g", QueueMode.Latest);
        (queue, _) = queue.Enter("b", "g", QueueMode.Latest);
        (queue, var changes) = queue.Enter("c", "g", QueueMode.Latest);
        Assert.Equal("b", Assert.IsType<QueueChange.Lost>(Assert.Single(changes)).Holder);
        (queue, changes) = queue.Leave("a");
        Assert.Equal([new QueueChange.Granted("c")], changes);
        (_, changes) = queue.Enter("d", "g", QueueMode.Replace);
        Assert.Equal("c", Assert.IsType<QueueChange.Lost>(Assert.Single(changes)).Holder);
    }

    [Theory]
    [InlineData("main", true)]
    [InlineData("release/1.0", true)]
    [InlineData("release/1.0/x", false)]
    [InlineData("feature", false)]
    public void A_push_starts_what_its_branch_is_named_for(string branch, bool starts)
    {
        var on = new PipelineTriggers { Push = new() { Branches = ["main", "release/*"] } };
        Assert.Equal(starts, TriggerMatch.Of(on, new() { Kind = TriggerKind.Push, Repository = "r", Actor = "a", Ref = "refs/heads/" + branch }).Starts);
        Assert.False(TriggerMatch.Of(on, new() { Kind = TriggerKind.Tag, Repository = "r", Actor = "a", Ref = "refs/tags/v1" }).Starts);
    }

    [Fact]
    public void Reports_of_every_format_are_counted()
    {
        var summary = ReportReader.Read(
        [
            File("""<testsuites><testsuite><testcase classname="A" name="b"/><testcase classname="A" name="c"><failure message="no">at /workspace/src/a.js:7</failure></testcase><testcase name="d"><skipped/></testcase></testsuite></testsuites>"""),
            File("""<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results><UnitTestResult testName="T.x" outcome="Failed"><Output><ErrorInfo><Message>bad</Message><StackTrace>   at T.x() in /workspace/T.cs:line 12</StackTrace></ErrorInfo></Output></UnitTestResult><UnitTestResult testName="T.y" outcome="Passed"/></Results></TestRun>"""),
            File("""<coverage lines-valid="10" lines-covered="4"/>"""), File("TN:\nSF:a.c\nDA:1,3\nDA:2,0\nend_of_record\n"),
            File("""{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","rules":[{"id":"r","defaultConfiguration":{"level":"error"}}]}},"results":[{"ruleId":"r"},{"level":"note"},{"ruleId":"r","suppressions":[{"kind":"inSource"}]}]}]}"""),
        ]);
        Assert.Equal(new TestCounts(5, 2, 1), summary.Tests);
        Assert.Equal([new FailedTest("A.c", "no", "src/a.js", 7), new FailedTest("T.x", "bad", "T.cs", 12)], summary.Failures);
        Assert.Equal(new CoverageCounts(12, 5), summary.Coverage);
        Assert.Equal(new FindingCounts(1, 0, 1), summary.Findings);
        Assert.Empty(summary.Unread);
    }

    [Theory]
    [InlineData("""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>""")]
    [InlineData("<testsuite><testcase>")]
    [InlineData("{\"runs\": 7}")]
    [InlineData("nothing of the sort")]
    public void A_hostile_or_broken_report_is_said_and_harms_nothing(string content) => Assert.Single(ReportReader.Read([File(content)]).Unread);

    [Fact]
    public void A_fingerprint_says_what_changed()
    {
        static JobFingerprint Print(string script, string content, string env)
        {
            var job = Given.Job("t") with { Steps = [new() { Action = new StepAction.Run(script) }], Env = ImmutableSortedDictionary<string, string>.Empty.Add("MODE", env) };
            return JobFingerprint.Of(Given.Run(Given.Pipeline(job)), job, Combination.None, FileTree.Of([new("src/a.c", TreeEntryKind.File, content, 1)]), [], [], [], "x64");
        }
        Assert.Equal(Print("make", "1", "a").Key, Print("make", "1", "a").Key);
        Assert.Equal(
            ["env MODE was a and is b", "input src/a.c changed", "step 1 changed"], Print("make all", "2", "b").DifferencesFrom(Print("make", "1", "a")).Select(why => why.Sentence));
    }

    private static ReportFile File(string content) => new("r", Encoding.UTF8.GetBytes(content), ReportFormat.Auto);
}
