using System.Runtime.CompilerServices;

namespace Fairway.Simulation;

/// <summary>A safety or liveness rule that did not hold.</summary>
internal sealed class BrokenRuleException(string rule, string detail) : Exception($"{rule}: {detail}")
{
    public string Rule { get; } = rule;

    public static void Check(bool holds, string rule, [InterpolatedStringHandlerArgument(nameof(holds))] Detail detail)
    {
        if (!holds) throw new BrokenRuleException(rule, detail.ToString());
    }
}

/// <summary>The text of a broken rule; written only when the rule is broken, for rules are checked a million times.</summary>
[InterpolatedStringHandler]
internal readonly ref struct Detail
{
    private readonly System.Text.StringBuilder? _text;

    public Detail(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = holds ? null : new(literalLength + formattedCount * 16);
    }

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted<T>(T value) => _text!.Append(value);

    public override string ToString() => _text?.ToString() ?? "";
}
