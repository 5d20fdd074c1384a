using System.Text;

namespace Fairway.Differential;

/// <summary>What a piece of a query is; a piece may stand wherever another of its kind does.</summary>
internal enum NodeKind
{
    Scalar,
    Vector,
    Matrix,
    Text,

    /// <summary>What may be left out: matchers, <c>offset</c>, <c>by (…)</c>.</summary>
    Modifier,
}

/// <summary>A piece of a query: its own text with places for the pieces inside.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Parts">Its text before, between and behind the pieces inside: one more than those.</param>
/// <param name="Children">The pieces inside.</param>
/// <param name="IsLoose">Whether an operator beside it would take it apart, so that it needs parentheses.</param>
internal sealed record Node(NodeKind Kind, ImmutableArray<string> Parts, ImmutableArray<Node> Children, bool IsLoose = false)
{
    public static Node Leaf(NodeKind kind, string text) => new(kind, [text], []);

    /// <summary>From a text with <c>§</c> at the places of the pieces inside; there may be more pieces than places.</summary>
    public static Node Of(NodeKind kind, string template, params ReadOnlySpan<Node> children)
    {
        ImmutableArray<string> parts = [.. template.Split('§')];
        return new(kind, parts, [.. children[..(parts.Length - 1)]]);
    }

    /// <summary>In parentheses where it needs them.</summary>
    public Node Tight => IsLoose ? Of(Kind, "(§)", this) : this;

    /// <summary>Number of pieces, itself among them.</summary>
    public int Size => 1 + Children.Sum(c => c.Size);

    /// <summary>Itself and all pieces inside.</summary>
    public IEnumerable<Node> All => Children.SelectMany(c => c.All).Prepend(this);

    /// <summary>Each way to make it smaller by one cut: a piece replaced by one of its kind inside it, or by the simplest of its kind.</summary>
    public IEnumerable<Node> Smaller()
    {
        foreach (var inner in Children.SelectMany(c => c.All))
        {
            if (inner.Kind == Kind) yield return inner.Tight;
        }

        if (Simplest(Kind) is var simplest && simplest.Text != Text && (Children.Length > 0 || Kind == NodeKind.Modifier)) yield return simplest;
        for (var i = 0; i < Children.Length; i++)
        {
            foreach (var smaller in Children[i].Smaller()) yield return this with { Children = Children.SetItem(i, smaller) };
        }
    }

    public string Text
    {
        get
        {
            var text = new StringBuilder();
            Write(text);
            return text.ToString();
        }
    }

    private void Write(StringBuilder text)
    {
        text.Append(Parts[0]);
        for (var i = 0; i < Children.Length; i++)
        {
            Children[i].Write(text);
            text.Append(Parts[i + 1]);
        }
    }

    private static Node Simplest(NodeKind kind) => Leaf(kind, kind switch
    {
        NodeKind.Scalar => "1",
        NodeKind.Vector => "vector(1)",
        NodeKind.Matrix => "limits[5m]",
        NodeKind.Text => "\"\"",
        _ => "",
    });
}
