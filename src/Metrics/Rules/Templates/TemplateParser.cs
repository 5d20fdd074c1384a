namespace Fairway.Metrics.Rules.Templates;

/// <summary>Parses Go's templates (Go, text/template): texts, pipelines, <c>if</c>, <c>range</c>, <c>with</c>, <c>define</c>, <c>template</c>, <c>block</c>.</summary>
internal sealed class TemplateParser
{
    private const int Deepest = 100;

    private readonly Queue<(string Text, bool IsAction)> _parts = new();
    private readonly Dictionary<string, ImmutableArray<TemplateNode>> _defined;
    private int _depth;

    private TemplateParser(string text, Dictionary<string, ImmutableArray<TemplateNode>> defined)
    {
        _defined = defined;
        foreach (var part in Parts(text)) _parts.Enqueue(part);
    }

    /// <summary>Parses a template.</summary>
    /// <param name="text">The template.</param>
    /// <param name="defined">Gets what it defines.</param>
    /// <exception cref="TemplateException">It is none; says why.</exception>
    public static ImmutableArray<TemplateNode> Parse(string text, Dictionary<string, ImmutableArray<TemplateNode>> defined)
    {
        var (nodes, end) = new TemplateParser(text, defined).Body();
        return end.Length == 0 ? nodes : throw new TemplateException($"unexpected {{{{{end}}}}}");
    }

    // Texts and actions by turns; "{{- " and " -}}" take the space beside them away.
    private static IEnumerable<(string Text, bool IsAction)> Parts(string text)
    {
        var (at, trims) = (0, false);
        while (true)
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            var plain = open < 0 ? text[at..] : text[at..open];
            if (trims) plain = plain.TrimStart(' ', '\t', '\r', '\n');
            if (open < 0)
            {
                if (plain.Length > 0) yield return (plain, false);
                yield break;
            }

            var start = open + 2;
            if (start + 1 < text.Length && text[start] == '-' && char.IsWhiteSpace(text[start + 1]))
            {
                plain = plain.TrimEnd(' ', '\t', '\r', '\n');
                start += 2;
            }

            if (plain.Length > 0) yield return (plain, false);
            // Only right behind the braces, or the trim mark and its space.
            var isComment = text.AsSpan(start).StartsWith("/*");
            var close = Close(text, start, isComment);
            var end = close;
            trims = end - 1 > start && text[end - 1] == '-' && char.IsWhiteSpace(text[end - 2]);
            if (trims) end--;
            var action = text[start..end].Trim();
            if (!isComment) yield return (action, true);
            else if (!action.EndsWith("*/", StringComparison.Ordinal)) throw new TemplateException("a comment ends before closing delimiter");
            at = close + 2;
        }
    }

    // The braces behind an action: those in a text of it do not count.
    private static int Close(string text, int at, bool isComment)
    {
        if (isComment)
        {
            var end = text.IndexOf("*/", at, StringComparison.Ordinal);
            return end >= 0 && text.IndexOf("}}", end, StringComparison.Ordinal) is >= 0 and var closing ? closing : throw new TemplateException("unclosed comment");
        }

        for (; at < text.Length; at++)
        {
            if (text[at] == '}' && at + 1 < text.Length && text[at + 1] == '}') return at;
            if (text[at] is not ('"' or '`' or '\'')) continue;
            var quote = text[at++];
            for (; at < text.Length && text[at] != quote; at++)
            {
                if (text[at] == '\\' && quote != '`') at++;
            }
        }

        throw new TemplateException("unclosed action");
    }

    // Nodes up to "end", "else …" or the end of the text.
    private (ImmutableArray<TemplateNode> Nodes, string End) Body()
    {
        if (++_depth > Deepest) throw new TemplateException($"nested more than {Deepest} deep");
        var nodes = ImmutableArray.CreateBuilder<TemplateNode>();
        while (_parts.TryDequeue(out var part))
        {
            if (!part.IsAction)
            {
                nodes.Add(new TextNode(part.Text));
                continue;
            }

            var words = ActionLexer.Split(part.Text);
            switch (words[0])
            {
                case { Kind: WordKind.Name, Text: "end" or "else" }:
                    _depth--;
                    return (nodes.ToImmutable(), part.Text);
                case { Kind: WordKind.Name, Text: "if" or "with" or "range" } keyword:
                    nodes.Add(Control(keyword.Text, words));
                    break;
                case { Kind: WordKind.Name, Text: "break" or "continue" } keyword:
                    nodes.Add(new LeaveNode(keyword.Text == "break"));
                    break;
                case { Kind: WordKind.Name, Text: "define" or "block" } keyword:
                    if (Define(keyword.Text, words) is { } shown) nodes.Add(shown);
                    break;
                case { Kind: WordKind.Name, Text: "template" }:
                    nodes.Add(Call(words));
                    break;
                default:
                    nodes.Add(new ActionNode(new PipelineParser(words, 0).Whole("command")));
                    break;
            }
        }

        _depth--;
        return (nodes.ToImmutable(), "");
    }

    private TemplateNode Control(string keyword, ImmutableArray<Word> words)
    {
        var pipeline = new PipelineParser(words, 1).Whole(keyword);
        var (body, end) = Body();
        ImmutableArray<TemplateNode> otherwise = [];
        if (end.StartsWith("else", StringComparison.Ordinal))
        {
            var more = ActionLexer.Split(end);
            if (more[1] is { Kind: WordKind.Name, Text: "if" or "with" } and var chained && keyword != "range") (otherwise, end) = ([Control(chained.Text, more[1..])], "end");
            else if (more[1].Kind == WordKind.End) (otherwise, end) = Body();
            else throw new TemplateException($"unexpected {more[1].Text} in else");
        }

        if (end != "end") throw new TemplateException(end.Length == 0 ? "unexpected EOF" : $"unexpected {{{{{end}}}}}");
        return keyword == "range" ? new RangeNode(pipeline, body, otherwise) : new ConditionNode(pipeline, body, otherwise, keyword == "with");
    }

    private CallNode? Define(string keyword, ImmutableArray<Word> words)
    {
        if (words[1] is not { Kind: WordKind.Constant, Value: string name }) throw new TemplateException($"missing name in {keyword} clause");
        var argument = keyword == "block" ? new PipelineParser(words, 2).Whole("block clause") : null;
        if (argument is null && words[2].Kind != WordKind.End) throw new TemplateException($"unexpected {words[2].Text} in define clause");
        var (body, end) = Body();
        if (end != "end") throw new TemplateException(end.Length == 0 ? "unexpected EOF" : $"unexpected {{{{{end}}}}} in {keyword} clause");
        _defined[name] = body;
        return argument is null ? null : new(name, argument);
    }

    private static CallNode Call(ImmutableArray<Word> words)
    {
        if (words[1] is not { Kind: WordKind.Constant, Value: string name }) throw new TemplateException("missing name in template clause");
        return new(name, words[2].Kind == WordKind.End ? null : new PipelineParser(words, 2).Whole("template clause"));
    }
}
