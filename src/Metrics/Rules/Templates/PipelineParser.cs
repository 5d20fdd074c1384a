namespace Fairway.Metrics.Rules.Templates;

/// <summary>Parses the pipeline of an action.</summary>
/// <param name="words">Of the action.</param>
/// <param name="at">Where it begins.</param>
internal sealed class PipelineParser(ImmutableArray<Word> words, int at)
{
    private const int Deepest = 100;

    private int _at = at;
    private int _depth;

    private Word Next => words[_at];

    /// <summary>All words that are left.</summary>
    /// <param name="context">For the error when there is nothing.</param>
    public Pipeline Whole(string context)
    {
        var variables = Variables(out var declares);
        if (Next.Kind == WordKind.End) throw new TemplateException($"missing value for {context}");
        var pipeline = Commands() with { Variables = variables, Declares = declares };
        return Next.Kind == WordKind.End ? pipeline : throw new TemplateException($"unexpected {Next.Text} in {context}");
    }

    private ImmutableArray<string> Variables(out bool declares)
    {
        declares = false;
        var names = new List<string>();
        var start = _at;
        while (Next.Kind == WordKind.Variable)
        {
            names.Add(Next.Text);
            _at++;
            if (!IsMark(",")) break;
            _at++;
        }

        if (names.Count > 0 && (IsMark(":=") || IsMark("=")))
        {
            declares = Next.Text == ":=";
            _at++;
            return names.Count <= 2 ? [.. names] : throw new TemplateException("too many declarations");
        }

        _at = start;
        return [];
    }

    private Pipeline Commands()
    {
        if (++_depth > Deepest) throw new TemplateException($"nested more than {Deepest} deep");
        var commands = ImmutableArray.CreateBuilder<Command>();
        do
        {
            if (commands.Count > 0) _at++;
            var operands = ImmutableArray.CreateBuilder<Operand>();
            while (Next.Kind != WordKind.End && !IsMark("|") && !IsMark(")")) operands.Add(Read());
            if (operands.Count == 0) throw new TemplateException("missing value for command");
            if (commands.Count > 0 && operands[0] is Constant or Dot) throw new TemplateException($"non executable command in pipeline stage {commands.Count + 1}");
            commands.Add(new(operands.ToImmutable()));
        }
        while (IsMark("|"));
        _depth--;
        return new([], false, commands.ToImmutable());
    }

    private Operand Read()
    {
        var word = Next;
        _at++;
        Operand operand = word switch
        {
            { Kind: WordKind.Constant } => new Constant(word.Value),
            { Kind: WordKind.Name, Text: "true" } => new Constant(true),
            { Kind: WordKind.Name, Text: "false" } => new Constant(false),
            { Kind: WordKind.Name, Text: "nil" } => new Constant(null),
            { Kind: WordKind.Name } => TemplateFunctions.All.ContainsKey(word.Text) ? new FunctionName(word.Text)
                : throw new TemplateException($"function \"{word.Text}\" not defined"),
            { Kind: WordKind.Variable } => new Variable(word.Text),
            { Kind: WordKind.Field, Text: "" } => new Dot(),
            { Kind: WordKind.Field } => new Fields(new Dot(), [word.Text]),
            { Kind: WordKind.Mark, Text: "(" } => Parenthesised(),
            _ => throw new TemplateException($"unexpected {word.Text} in operand"),
        };
        // A field close behind is one of this operand's.
        while (Next is { Kind: WordKind.Field, Spaced: false, Text.Length: > 0 } field && operand is not (Constant or FunctionName or Dot))
        {
            _at++;
            operand = operand is Fields chain ? chain with { Names = chain.Names.Add(field.Text) } : new Fields(operand, [field.Text]);
        }

        return operand;
    }

    private Nested Parenthesised()
    {
        var inner = Commands();
        if (!IsMark(")")) throw new TemplateException("unclosed left paren");
        _at++;
        return new(inner);
    }

    private bool IsMark(string mark) => Next.Kind == WordKind.Mark && Next.Text == mark;
}
