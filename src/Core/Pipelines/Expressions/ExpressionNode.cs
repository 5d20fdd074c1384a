namespace Fairway.Pipelines.Expressions;

/// <summary>A part of an expression.</summary>
/// <param name="Offset">Where it begins in the expression, from 0; a binary operator's is its own sign.</param>
public abstract record ExpressionNode(int Offset)
{
    /// <summary>Itself and all parts, outer ones first.</summary>
    public IEnumerable<ExpressionNode> Parts() => [this, .. Children.SelectMany(child => child.Parts())];

    /// <summary>The parts right below.</summary>
    public abstract ImmutableArray<ExpressionNode> Children { get; }

    /// <summary>As it may be written, with no more parentheses than it needs.</summary>
    public sealed override string ToString() => ExpressionText.Write(this);
}

/// <summary>A value written out.</summary>
public sealed record LiteralNode(ExpressionValue Value, int Offset) : ExpressionNode(Offset)
{
    /// <inheritdoc/>
    public override ImmutableArray<ExpressionNode> Children => [];
}

/// <summary>A context.</summary>
public sealed record NameNode(string Name, int Offset) : ExpressionNode(Offset)
{
    /// <inheritdoc/>
    public override ImmutableArray<ExpressionNode> Children => [];
}

/// <summary>A member by its name or an item by its place: <c>a.b</c> and <c>a['b']</c> are the same.</summary>
public sealed record IndexNode(ExpressionNode Target, ExpressionNode Index, int Offset) : ExpressionNode(Offset)
{
    /// <inheritdoc/>
    public override ImmutableArray<ExpressionNode> Children => [Target, Index];

    /// <summary>The member's name where it is written out; null where it is computed.</summary>
    public string? Name => Index is LiteralNode { Value: StringValue name } ? name.Value : null;
}

/// <summary>All values of a list or an object: <c>a.*</c>.</summary>
public sealed record FilterNode(ExpressionNode Target, int Offset) : ExpressionNode(Offset)
{
    /// <inheritdoc/>
    public override ImmutableArray<ExpressionNode> Children => [Target];
}

/// <summary>A call.</summary>
/// <param name="Function">Its name as it is written; case does not count.</param>
/// <param name="Arguments">What it is given.</param>
/// <param name="Offset">Where its name begins, from 0.</param>
public sealed record CallNode(string Function, ImmutableArray<ExpressionNode> Arguments, int Offset) : ExpressionNode(Offset)
{
    /// <inheritdoc/>
    public override ImmutableArray<ExpressionNode> Children => Arguments;

    /// <summary>Whether it is that function.</summary>
    public bool Is(string function) => Function.Equals(function, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The opposite.</summary>
public sealed record NotNode(ExpressionNode Operand, int Offset) : ExpressionNode(Offset)
{
    /// <inheritdoc/>
    public override ImmutableArray<ExpressionNode> Children => [Operand];
}

/// <summary>A comparison: <c>== != &lt; &lt;= &gt; &gt;=</c>.</summary>
public sealed record ComparisonNode(string Operator, ExpressionNode Left, ExpressionNode Right, int Offset) : ExpressionNode(Offset)
{
    /// <inheritdoc/>
    public override ImmutableArray<ExpressionNode> Children => [Left, Right];
}

/// <summary><c>&amp;&amp;</c> or <c>||</c> between two or more.</summary>
/// <param name="All">Whether it is <c>&amp;&amp;</c>.</param>
/// <param name="Operands">Two or more.</param>
/// <param name="Offset">Where its first sign begins, from 0.</param>
public sealed record LogicalNode(bool All, ImmutableArray<ExpressionNode> Operands, int Offset) : ExpressionNode(Offset)
{
    /// <inheritdoc/>
    public override ImmutableArray<ExpressionNode> Children => Operands;
}
