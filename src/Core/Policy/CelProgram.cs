namespace Fairway.Policy;

/// <summary>An expression that can be evaluated, any number of times and by many threads at once.</summary>
public sealed class CelProgram
{
    private readonly Step _root;
    private readonly int _slots;

    private CelProgram(string text, CelExpr syntax, CelType type, Plan plan)
    {
        (Text, Type, Syntax) = (text, type, syntax);
        (_root, _slots, Reads) = (plan.Root, plan.Slots, plan.Reads);
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Type of its value; <c>dyn</c> when that is not known.</summary>
    public CelType Type { get; }

    /// <summary>What it reads of its variables, as paths such as <c>release.version</c>, in order of their first place; none twice.</summary>
    public ImmutableArray<string> Reads { get; }

    internal CelExpr Syntax { get; }

    /// <summary>Parses and checks an expression.</summary>
    /// <param name="text">The expression; at most <see cref="CelLimits.TextLength"/> characters.</param>
    /// <param name="declarations">What it may use.</param>
    public static CelCompilation Compile(string text, CelDeclarations declarations)
    {
        var (syntax, issue) = CelParser.Parse(text);
        if (syntax is null) return new(null, [issue!]);
        var source = new SourceText(text);
        var names = new NameResolver(declarations);
        var check = Checker.Check(syntax, declarations, names, source);
        return check.Issues.IsEmpty
            ? new(new(text, syntax, check.Type, Planner.Make(syntax, declarations, names, source)), [])
            : new(null, check.Issues);
    }

    /// <summary>Parses an expression without checking it: a variable that is not declared is looked for when it is read.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="declarations">What it may use besides.</param>
    public static CelCompilation Parse(string text, CelDeclarations declarations)
    {
        var (syntax, issue) = CelParser.Parse(text);
        if (syntax is null) return new(null, [issue!]);
        return new(new(text, syntax, CelType.Dyn, Planner.Make(syntax, declarations, new NameResolver(declarations), new SourceText(text))), []);
    }

    /// <summary>Computes its value. Never throws for what the expression does, and never takes longer or more memory than the limits allow.</summary>
    public CelOutcome Evaluate(CelBindings bindings, CelLimits limits)
    {
        var run = new Evaluation(bindings, new CelMeter(limits), _slots);
        CelValue value;
        try
        {
            value = _root.Run(run);
        }
        catch (CelLimitException limit)
        {
            value = CelError.Of(limit.Kind, limit.Message);
        }
        return value is CelError error ? new(null, error, run.Meter.Cost) : new(value, null, run.Meter.Cost);
    }

    /// <summary>The expression in its plainest form: one space around operators, only the parentheses it needs.</summary>
    public override string ToString() => CelPrinter.Print(Syntax);
}
