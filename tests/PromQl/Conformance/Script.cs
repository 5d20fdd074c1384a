using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl.Conformance;

/// <summary>Something a script does.</summary>
public abstract record Command(int Line);

/// <summary>Start again with nothing.</summary>
public sealed record ClearCommand(int Line) : Command(Line);

/// <summary>Samples at regular times.</summary>
public sealed record LoadCommand(int Line, long Gap, bool WithCustomBuckets, List<(Labels Labels, List<Point> Points)> Series) : Command(Line);

/// <summary>A remark or an error that is expected.</summary>
/// <param name="Kind">fail, warn, no_warn, info or no_info.</param>
/// <param name="Message">The whole text, or null.</param>
/// <param name="Pattern">A pattern for the text, or null.</param>
public sealed record Expectation(string Kind, string? Message, string? Pattern);

/// <summary>A query and what it has to give.</summary>
public sealed record EvalCommand(int Line, string Query, long From, long To, long Step) : Command(Line)
{
    public bool IsRange => Step > 0;

    public bool IsOrdered { get; set; }

    public string? Text { get; set; }

    public double? Scalar { get; set; }

    public (long From, long To, long Step)? Matrix { get; set; }

    public List<Expectation> Expectations { get; } = [];

    public List<(Labels Labels, List<Point> Points)> Series { get; } = [];
}

/// <summary>Reads the language of <c>.test</c> files.</summary>
public static partial class Script
{
    public static List<Command> Parse(string[] lines)
    {
        var commands = new List<Command>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            var number = i + 1;
            var block = new List<string>();
            if (line != "clear")
            {
                for (; i + 1 < lines.Length && lines[i + 1].Trim() is { Length: > 0 } next; i++)
                {
                    if (next[0] != '#') block.Add(next);
                }
            }

            commands.Add(line.Split(' ')[0] switch
            {
                "clear" => new ClearCommand(number),
                "load" or "load_with_nhcb" => new LoadCommand(number, Time(line.Split(' ')[1]), line.StartsWith("load_with", StringComparison.Ordinal), [.. block.Select(SeriesNotation.Parse)]),
                _ => Eval(number, line, block),
            });
        }

        return commands;
    }

    public static long Time(string text) => DurationText.TryParse(text, out var milliseconds)
        ? milliseconds
        : (long)Math.Round(double.Parse(text, CultureInfo.InvariantCulture) * 1000);

    private static EvalCommand Eval(int number, string line, List<string> block)
    {
        var match = EvalLine().Match(line);
        if (!match.Success) throw new FormatException($"line {number}: {line}");
        string Part(string name) => match.Groups[name].Value;
        var eval = match.Groups["at"].Success
            ? new EvalCommand(number, Part("expr"), Time(Part("at")), Time(Part("at")), 0)
            : new EvalCommand(number, Part("expr"), Time(Part("from")), Time(Part("to")), Time(Part("step")));
        if (Part("mode") is "_fail" or "_warn" or "_info") eval.Expectations.Add(new(Part("mode")[1..], null, null));
        if (Part("mode") == "_ordered") eval.IsOrdered = true;
        foreach (var text in block) Expect(eval, text);
        return eval;
    }

    private static void Expect(EvalCommand eval, string text)
    {
        if (text.StartsWith("expected_fail_message ", StringComparison.Ordinal)) eval.Expectations.Add(new("fail", text["expected_fail_message ".Length..], null));
        else if (text.StartsWith("expected_fail_regexp ", StringComparison.Ordinal)) eval.Expectations.Add(new("fail", null, text["expected_fail_regexp ".Length..]));
        else if (text.StartsWith("expect string ", StringComparison.Ordinal)) eval.Text = GoText.Unquoted(text["expect string ".Length..].Trim());
        else if (text == "expect ordered") eval.IsOrdered = true;
        else if (RangeLine().Match(text) is { Success: true } range) eval.Matrix = (Time(range.Groups[1].Value), Time(range.Groups[2].Value), Time(range.Groups[3].Value));
        else if (ExpectLine().Match(text) is { Success: true } expect)
        {
            eval.Expectations.Add(new(
                expect.Groups[1].Value,
                expect.Groups[2].Value == "msg" ? expect.Groups[3].Value.Trim() : null,
                expect.Groups[2].Value == "regex" ? expect.Groups[3].Value.Trim() : null));
        }
        else if (text.StartsWith("expect ", StringComparison.Ordinal)) throw new FormatException($"line {eval.Line}: {text}");
        else if (GoNumber.TryParse(text, out var scalar)) eval.Scalar = scalar;
        else eval.Series.Add(SeriesNotation.Parse(text));
    }

    [GeneratedRegex(@"^eval(?<mode>_\w+)?\s+(?:instant\s+(?:at\s+(?<at>\S+)\s+)|range\s+from\s+(?<from>\S+)\s+to\s+(?<to>\S+)\s+step\s+(?<step>\S+)\s+)(?<expr>.+)$")]
    private static partial Regex EvalLine();

    [GeneratedRegex(@"^expect range vector from (\S+) to (\S+) step (\S+)$")]
    private static partial Regex RangeLine();

    [GeneratedRegex(@"^expect (fail|warn|no_warn|info|no_info)(?:\s+(msg|regex):\s*(.*))?$")]
    private static partial Regex ExpectLine();
}
