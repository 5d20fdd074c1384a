using System.Text.RegularExpressions;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl.Conformance;

/// <summary>How the cases of a script are evaluated.</summary>
public enum Mode
{
    /// <summary>As written.</summary>
    Plain,

    /// <summary>With each selector pinned to the time, at other times.</summary>
    Pinned,

    /// <summary>As the middle of a range query of three steps.</summary>
    Middle,
}

/// <summary>Runs a script; collects what differs.</summary>
public sealed partial class ScriptRunner(Mode mode)
{
    private InMemorySeries _store = new();

    public List<string> Failures { get; } = [];

    public int Cases { get; private set; }

    public void Run(IEnumerable<Command> commands)
    {
        foreach (var command in commands)
        {
            switch (command)
            {
                case ClearCommand:
                    _store = new();
                    break;
                case LoadCommand load:
                    Loader.Load(load, _store);
                    break;
                case EvalCommand eval when mode == Mode.Plain || !eval.IsRange:
                    try
                    {
                        Evaluate(eval);
                    }
                    catch (Exception error) when (error is not PromQlException)
                    {
                        Failures.Add($"line {eval.Line}: {eval.Query}: threw {error}");
                    }

                    break;
            }
        }
    }

    private PromQlEngine Engine => new(_store);

    private void Evaluate(EvalCommand eval)
    {
        if (mode == Mode.Plain)
        {
            Cases++;
            Check(eval, "", () => eval.IsRange
                ? Engine.Range(eval.Query, eval.From, eval.To, eval.Step, CancellationToken.None)
                : Engine.Instant(eval.Query, eval.From, CancellationToken.None));
            return;
        }

        if (eval.Expectations.Any(e => e.Kind == "fail")) return;
        var expr = Parser.Parse(eval.Query);
        if (mode == Mode.Middle)
        {
            if (eval.IsOrdered || eval.Text is not null || eval.Matrix is not null || Pinned.LooksAtWholeQuery(expr)) return;
            Cases++;
            Check(eval, "middle", () => Middle(Engine.Range(eval.Query, eval.From - 60_000, eval.From + 60_000, 60_000, CancellationToken.None), expr, eval.From));
            return;
        }

        if (Pinned.At(expr, eval.From) is not { } pinned) return;
        Cases++;
        var text = pinned.ToString();
        long[] times = eval.From == 0 ? [-1_000_000, 0, 1_000_000] : [-10 * eval.From, 0, eval.From / 5, eval.From, 10 * eval.From];
        foreach (var time in times)
        {
            if (!Check(eval, $"{text} at {time}", () => Engine.Instant(text, time, CancellationToken.None))) return;
        }
    }

    private static QueryResult Middle(QueryResult range, Expr expr, long time)
    {
        var samples = new List<VectorSample>();
        foreach (var series in ((MatrixValue)range.Value).Series)
        {
            var at = Array.IndexOf(series.Times, time);
            if (at >= 0) samples.Add(new(series.Labels, series.Values[at], series.Histograms?[at]));
        }

        return range with { Value = expr.Type == ExprType.Scalar ? new ScalarValue(time, samples.Single().Value) : new VectorValue(time, samples) };
    }

    private bool Check(EvalCommand eval, string how, Func<QueryResult> run)
    {
        bool Fail(string what)
        {
            Failures.Add($"line {eval.Line}: {eval.Query}{(how.Length > 0 ? $" [{how}]" : "")}: {what}");
            return false;
        }

        var fails = eval.Expectations.Where(e => e.Kind == "fail").ToArray();
        QueryResult result;
        try
        {
            result = run();
        }
        catch (PromQlException error)
        {
            if (fails.Length == 0) return Fail("failed: " + error.Message);
            return fails.All(f => Fits(f, [error.Message])) || Fail($"failed otherwise: {error.Message}");
        }

        if (fails.Length > 0) return Fail("did not fail");
        foreach (var expectation in mode == Mode.Middle ? [] : eval.Expectations)
        {
            var remarks = expectation.Kind.EndsWith("warn", StringComparison.Ordinal) ? result.Warnings : result.Infos;
            var texts = remarks.Select(r => Place().Replace(r, "")).ToArray();
            if (expectation.Kind.StartsWith("no_", StringComparison.Ordinal) ? texts.Length > 0 : !Fits(expectation, texts))
                return Fail($"expected {expectation}, got [{string.Join("; ", texts)}]");
        }

        return Comparison.Difference(eval, result.Value) is not { } difference || Fail(difference);
    }

    private static bool Fits(Expectation expectation, string[] texts) => texts.Any(t =>
        (expectation.Message is null || t == expectation.Message || (expectation.Kind == "fail" && t.Contains(expectation.Message, StringComparison.Ordinal)))
        && (expectation.Pattern is null || Regex.IsMatch(t, expectation.Pattern)));

    [GeneratedRegex(@" \(\d+:\d+\)$")]
    private static partial Regex Place();
}
