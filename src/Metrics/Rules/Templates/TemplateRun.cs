using System.Globalization;
using System.Text;

namespace Fairway.Metrics.Rules.Templates;

/// <summary>Fills in a parsed template. Its length and its work are bounded.</summary>
internal sealed class TemplateRun(TemplateWorld world, IReadOnlyDictionary<string, ImmutableArray<TemplateNode>> defined, CancellationToken cancellation)
{
    private const int MostCharacters = 1 << 20;
    private const int MostSteps = 1_000_000;
    private const int Deepest = 100;

    private readonly StringBuilder _text = new();
    private readonly List<(string Name, object? Value)> _variables = [];
    private int _steps;
    private int _depth;

    private enum Flow
    {
        On,
        Break,
        Continue,
    }

    /// <summary>The filled-in text.</summary>
    /// <param name="nodes">The template.</param>
    /// <param name="data">Its dot.</param>
    /// <exception cref="TemplateException">It went wrong; says how.</exception>
    public string Fill(ImmutableArray<TemplateNode> nodes, object? data)
    {
        _variables.Add(("$", data));
        Walk(nodes, data);
        return _text.ToString();
    }

    private Flow Walk(ImmutableArray<TemplateNode> nodes, object? dot)
    {
        foreach (var node in nodes)
        {
            Step();
            var flow = Walk(node, dot);
            if (flow != Flow.On) return flow;
        }

        return Flow.On;
    }

    private Flow Walk(TemplateNode node, object? dot)
    {
        switch (node)
        {
            case TextNode text:
                Write(text.Text);
                return Flow.On;
            case ActionNode action:
                var value = Evaluate(action.Pipeline, dot);
                if (action.Pipeline.Variables.IsEmpty) Write(GoFormat.Print(value));
                return Flow.On;
            case ConditionNode condition:
                var mark = _variables.Count;
                var asked = Evaluate(condition.Condition, dot);
                var flow = GoFormat.IsTrue(asked) ? Walk(condition.Then, condition.IsWith ? asked : dot) : Walk(condition.Otherwise, dot);
                Forget(mark);
                return flow;
            case RangeNode range:
                return Range(range, dot);
            case LeaveNode leave:
                return leave.Breaks ? Flow.Break : Flow.Continue;
            case CallNode call:
                Call(call, dot);
                return Flow.On;
            default:
                throw new System.Diagnostics.UnreachableException(node.GetType().Name);
        }
    }

    private Flow Range(RangeNode range, object? dot)
    {
        var mark = _variables.Count;
        var items = Items(Evaluate(range.Over with { Variables = [] }, dot)).ToArray();
        if (items.Length == 0)
        {
            var flow = Walk(range.Otherwise, dot);
            Forget(mark);
            return flow;
        }

        foreach (var (key, item) in items)
        {
            Step();
            var inner = _variables.Count;
            switch (range.Over.Variables)
            {
                case [var one]: Set(one, item, range.Over.Declares); break;
                case [var first, var second]:
                    Set(first, key, range.Over.Declares);
                    Set(second, item, range.Over.Declares);
                    break;
                default: break;
            }

            var left = Walk(range.Body, item);
            Forget(inner);
            if (left == Flow.Break) break;
        }

        Forget(mark);
        return Flow.On;
    }

    private static IEnumerable<(object? Key, object? Item)> Items(object? value) => value switch
    {
        null => [],
        IReadOnlyList<object?> list => list.Select((item, i) => ((object?)(long)i, item)),
        IReadOnlyDictionary<string, string> labels => labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => ((object?)l.Key, (object?)l.Value)),
        IReadOnlyDictionary<string, object?> map => map.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => ((object?)l.Key, l.Value)),
        long count and >= 0 and <= MostSteps => Enumerable.Range(0, (int)count).Select(i => ((object?)(long)i, (object?)(long)i)),
        _ => throw new TemplateException($"range can't iterate over {GoFormat.Print(value)}"),
    };

    private void Call(CallNode call, object? dot)
    {
        if (!defined.TryGetValue(call.Name, out var body)) throw new TemplateException($"template \"{call.Name}\" not defined");
        if (++_depth > Deepest) throw new TemplateException("exceeded maximum template depth");
        var argument = call.Argument is null ? null : Evaluate(call.Argument, dot);
        // What is called sees none of the caller's variables.
        var kept = _variables.ToArray();
        _variables.Clear();
        _variables.Add(("$", argument));
        Walk(body, argument);
        _variables.Clear();
        _variables.AddRange(kept);
        _depth--;
    }

    private object? Evaluate(Pipeline pipeline, object? dot)
    {
        var (value, has) = ((object?)null, false);
        foreach (var command in pipeline.Commands)
        {
            Step();
            value = Evaluate(command, dot, value, has);
            has = true;
        }

        foreach (var name in pipeline.Variables) Set(name, value, pipeline.Declares);
        return value;
    }

    private object? Evaluate(Command command, object? dot, object? last, bool hasLast)
    {
        var first = command.Words[0];
        if (first is not FunctionName function)
        {
            if (command.Words.Length > 1 || hasLast) throw new TemplateException("can't give argument to non-function");
            return Value(first, dot);
        }

        if (function.Name is "and" or "or") return Short(function.Name == "and", command, dot, last, hasLast);
        var arguments = new List<object?>(command.Words.Length);
        foreach (var word in command.Words.AsSpan()[1..]) arguments.Add(Value(word, dot));
        if (hasLast) arguments.Add(last);
        var (least, most, run) = TemplateFunctions.All[function.Name];
        if (arguments.Count < least || arguments.Count > most)
            throw new TemplateException($"wrong number of args for {function.Name}: want {(most == int.MaxValue ? "at least " : "")}{least.ToString(CultureInfo.InvariantCulture)} got {arguments.Count.ToString(CultureInfo.InvariantCulture)}");
        try
        {
            return run(world, arguments);
        }
        catch (TemplateException error)
        {
            throw new TemplateException($"error calling {function.Name}: {error.Message}", error);
        }
    }

    // Evaluated only until it is settled.
    private object? Short(bool all, Command command, object? dot, object? last, bool hasLast)
    {
        object? value = null;
        var any = false;
        foreach (var word in command.Words.AsSpan()[1..])
        {
            (value, any) = (Value(word, dot), true);
            if (GoFormat.IsTrue(value) != all) return value;
        }

        if (hasLast) return last;
        return any ? value : throw new TemplateException($"wrong number of args for {(all ? "and" : "or")}: want at least 1 got 0");
    }

    private object? Value(Operand operand, object? dot) => operand switch
    {
        Constant constant => constant.Value,
        Dot => dot,
        Variable variable => _variables.FindLastIndex(v => v.Name == variable.Name) is >= 0 and var at
            ? _variables[at].Value
            : throw new TemplateException($"undefined variable \"{variable.Name}\""),
        Nested nested => Evaluate(nested.Pipeline, dot),
        Fields fields => fields.Names.Aggregate(Value(fields.Of, dot), Field),
        FunctionName name => Evaluate(new Command([name]), dot, null, hasLast: false),
        _ => throw new System.Diagnostics.UnreachableException(operand.GetType().Name),
    };

    private static object? Field(object? of, string name) => of switch
    {
        IReadOnlyDictionary<string, string> labels => labels.GetValueOrDefault(name, ""),
        IReadOnlyDictionary<string, object?> map => map.GetValueOrDefault(name),
        TemplateSample sample when name == "Value" => sample.Value,
        TemplateSample sample when name == "Labels" => sample.Labels,
        TemplateData data => data.Field(name) ?? throw new TemplateException($"can't evaluate field {name}"),
        null => throw new TemplateException($"nil data; no entry for key \"{name}\""),
        _ => throw new TemplateException($"can't evaluate field {name} in {GoFormat.Print(of)}"),
    };

    private void Set(string name, object? value, bool declares)
    {
        if (declares)
        {
            _variables.Add((name, value));
            return;
        }

        var at = _variables.FindLastIndex(v => v.Name == name);
        if (at < 0) throw new TemplateException($"undefined variable \"{name}\"");
        _variables[at] = (name, value);
    }

    private void Forget(int mark) => _variables.RemoveRange(mark, _variables.Count - mark);

    private void Write(string text)
    {
        if (_text.Length + text.Length > MostCharacters) throw new TemplateException($"the text is longer than {MostCharacters} characters");
        _text.Append(text);
    }

    private void Step()
    {
        cancellation.ThrowIfCancellationRequested();
        if (++_steps > MostSteps) throw new TemplateException($"takes more than {MostSteps} steps");
    }
}

/// <summary>A sample as templates see it.</summary>
/// <param name="Labels">Its labels, the name as <c>__name__</c>.</param>
/// <param name="Value">Its value.</param>
internal sealed record TemplateSample(IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>The dot of a rule's template.</summary>
internal sealed record TemplateData(IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> ExternalLabels, string ExternalUrl, object? Value)
{
    /// <summary>By its name; null when there is none.</summary>
    public object? Field(string name) => name switch
    {
        nameof(Labels) => Labels,
        nameof(ExternalLabels) => ExternalLabels,
        "ExternalURL" => ExternalUrl,
        nameof(Value) => Value ?? "",
        _ => null,
    };
}

/// <summary>What functions of templates ask.</summary>
/// <param name="Query">Evaluates a query at the time of the rule.</param>
/// <param name="Now">That time.</param>
/// <param name="ExternalUrl">Where this server is reached.</param>
internal sealed record TemplateWorld(Func<string, IReadOnlyList<TemplateSample>> Query, DateTimeOffset Now, string ExternalUrl);
