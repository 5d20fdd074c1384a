using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary>What people see, at 80 columns and without colour, to the letter.</summary>
public sealed class ViewTests
{
    [Fact]
    public async Task Status_fits_a_terminal_and_says_what_is_waited_for()
    {
        var run = new CliRun();
        run.Api.On("GET status", new(
            new("0.1.0", 4711, CliRun.At(0), 83_000, "/srv/shop/.fairway", 1234, "/srv/shop/fairway.yaml", ["fairway.yaml:3:5: unknown field \"replicas\", expected instances"], []),
            new(true, "0.1.0", 4712, 12, ["http://127.0.0.1:8080"], null), [Given.Line()]), WireJson.Default.StatusInfo);
        Assert.Equal(0, await run.RunAsync("status"));
        Same("""
            control plane  up 1m 23s, pid 4711, 1,234 records in /srv/shop/.fairway
            edge           http://127.0.0.1:8080, table 12, pid 4712
            configuration  /srv/shop/fairway.yaml
                           the file has mistakes; its last good state is in force:
                           fairway.yaml:3:5: unknown field "replicas", expected instances

            SERVICE          STATE        VERSION  READY  URL
            production/shop  rolling out  1.1        2/2  http://127.0.0.1:8080

            production/shop/3  1.1 → 1.2  shifting
              step 1 of 4 (1%) held: 3 s of 6 s
            """, run.Out.ToString());
    }

    [Fact]
    public async Task History_is_one_line_a_rollout()
    {
        var run = new CliRun();
        run.Api.On("GET rollouts", new([Given.Summary(), Given.Summary(RolloutPhases.RolledBack, 12.3, 2), Given.Summary(RolloutPhases.Completed, 83, 1) with { PreviousVersion = null }], "more"), WireJson.Default.RolloutPage);
        Assert.Equal(0, await run.RunAsync("history", "--limit", "3"));
        Same("""
            ROLLOUT            CHANGE     STRATEGY  OUTCOME        TOOK     AGO  BY
            production/shop/3  1.1 → 1.2  canary    shifting          –  10m 0s  anna
            production/shop/2  1.1 → 1.2  canary    rolled back  12.3 s  10m 0s  anna
            production/shop/1  1.2        canary    completed    1m 23s  10m 0s  anna
            older ones: --limit N, --all
            """, run.Out.ToString());
    }

    [Fact]
    public async Task Explain_tells_decisions_with_their_numbers_and_leaves_out_acknowledgements_and_repeats()
    {
        var run = new CliRun();
        run.Api.On("GET rollouts/production/shop/3/explain", Given.Explained(), WireJson.Default.ExplainInfo);
        Assert.Equal(0, await run.RunAsync("explain", "production/shop/3"));
        Same("""
            production/shop/3  1.1 → 1.2  canary, by anna: “the till”
            release b5722757c417, began 2026-03-01 12:00:00 UTC

                0.0 s  anna deploys 1.2 by canary
                       reason the till
                       → make the files of 1.2 ready
                1.1 s  step 1 of 4: 1%
                       → route 99% to 1.1, 1% to 1.2
                1.2 s  … step 1 of 4 (1%) held: 0 s of 6 s
                5.0 s  16 of 20 requests needed for a verdict (2 looks)
                       errors 12
                6.0 s  16 of its last 21 requests failed; the limit is 50%
               12.3 s  16 of its last 21 requests failed; the limit is 50%; 1.1 serves all
                       traffic

            1.2 was taken back after 12.3 s
            """, run.Out.ToString());
        Assert.Equal(0, await run.RunAsync("explain", "production/shop/3", "--all"));
        Assert.Contains("effect 1 is done", run.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_live_view_shows_weights_counts_the_step_why_it_waits_and_what_was_decided()
    {
        Same("""
            shop in production  rollout 3  1.1 → 1.2  canary  shifting 10m 0s
            ✓ start  ✓ verify  ● 1 %  · 10 %  · 50 %  · 100 %  · guard

              1.1        stable    ███████████████████████████████████████████████▌     99 %
              1.2        candidate ▌                                                     1 %

                                    ready  requests  errors  req/s     p50    p99  open
              1.1        stable       2/2    12,345       1    198  1.2 ms  13 ms     7
              1.2        candidate    0/1        12       3    2.0  1.4 ms  1.5 s     1
              production.shop-b-0-2 backing off: exited with code 70

            step 1 of 4, 1 %, 3 s of 6 s
              step 1 of 4 (1%) held: 3 s of 6 s

            12:00:00  anna deploys 1.2 by canary
            12:00:01  step 1 of 4: 1%
            12:00:05  16 of 20 requests needed for a verdict
            12:00:06  16 of its last 21 requests failed; the limit is 50%
            12:00:12  16 of its last 21 requests failed; the limit is 50%; 1.1 serves all t…
            """, ServiceView.Of(Given.Service(Given.Rollout()), Given.Explained().Decisions, Context()));
    }

    [Fact]
    public void The_live_view_keeps_to_the_height_there_is_and_shows_the_newest()
    {
        var frame = ServiceView.Of(Given.Service(Given.Rollout()), Given.Explained().Decisions, Context() with { Size = () => (80, 18) });
        Assert.True(frame.Split('\n').Length <= 18, frame);
        Assert.Contains("12:00:12", frame, StringComparison.Ordinal);
        Assert.DoesNotContain("12:00:00", frame, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RolloutPhases.Completed, "✓ 1 %  ✓ 10 %  ✓ 50 %  ✓ 100 %  ✓ guard")]
    [InlineData(RolloutPhases.RolledBack, "✗ 1 %  · 10 %")]
    [InlineData(RolloutPhases.Guarding, "✓ 100 %  ● guard")]
    [InlineData(RolloutPhases.Starting, "● start  · verify")]
    public void The_steps_say_how_far_it_came(string phase, string part) =>
        Assert.Contains(part, ServiceView.Of(Given.Service(Given.Rollout(phase)), [], Context()), StringComparison.Ordinal);

    [Fact]
    public void No_line_of_any_view_is_wider_than_the_terminal_however_long_the_names()
    {
        var name = new string('x', 90);
        var summary = Given.Summary() with { Id = $"production/{name}/3", Service = name, Version = name, PreviousVersion = name, By = name, Why = CliRun.Why("x", $"{name} {name}") };
        var service = Given.Service(Given.Rollout() with { Summary = summary }) with { Service = name };
        foreach (var width in new[] { 40, 80, 120 })
        {
            var context = Context() with { Size = () => (width, 40) };
            var text = ServiceView.Of(service, Given.Explained().Decisions, context) + HistoryView.Of([summary], more: true, context)
                + ExplainView.Of(Given.Explained() with { Rollout = summary }, all: false, context);
            Assert.All(text.Split('\n'), line => Assert.True(line.Length <= width, $"{line.Length} > {width}: {line}"));
        }
    }

    [Fact]
    public void Colour_is_only_where_it_was_asked_for_and_text_cannot_bring_its_own()
    {
        var evil = Given.Service(Given.Rollout()) with { Quarantine = "\e[31m[red]x[/]" };
        var plain = ServiceView.Of(evil, [], Context());
        Assert.DoesNotContain('\e', plain);
        Assert.Contains("·[31m[red]x[/]", plain, StringComparison.Ordinal);
        Assert.Contains("\e[", ServiceView.Of(evil, [], Context() with { Colour = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_live_region_paints_over_itself_and_gives_the_cursor_back()
    {
        var run = new CliRun();
        var context = Context() with { Out = run.Out };
        using (var live = new LiveRegion(context))
        {
            live.Show("one\ntwo\n");
            live.Show("three\n");
        }

        Assert.Equal("\e[?2026h\e[?25lone\e[K\ntwo\e[K\n\e[J\e[?2026l\e[?2026h\e[?25l\r\e[2Athree\e[K\n\e[J\e[?2026l\e[?25h", run.Out.ToString());
    }

    private static CliContext Context() => new() { Out = TextWriter.Null, Error = TextWriter.Null, Size = () => (80, 40), Time = new CliRun().Time };

    private static void Same(string expected, string actual) => Assert.Equal(expected.ReplaceLineEndings("\n"), actual.TrimEnd('\n'));
}
