namespace Fairway.Policy;

/// <summary>A part of a parsed expression.</summary>
/// <param name="At">Where it is pointed to: the offset of its name, operator or first character.</param>
internal abstract record CelExpr(int At)
{
    /// <summary>How deep it nests; set by the parser.</summary>
    public int Height { get; set; } = 1;

    /// <summary>Its parts, in the order of the text.</summary>
    public abstract IEnumerable<CelExpr> Parts { get; }
}

internal sealed record LiteralExpr(int At, CelValue Value) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => [];
}

/// <summary>A name; <paramref name="Rooted"/> when it was written with a leading dot.</summary>
internal sealed record NameExpr(int At, string Name, bool Rooted) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => [];
}

/// <summary><c>a.b</c>, or <c>a.?b</c>.</summary>
internal sealed record SelectExpr(int At, CelExpr Operand, string Field, bool Optional) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => [Operand];
}

/// <summary><c>has(a.b)</c></summary>
internal sealed record HasExpr(int At, CelExpr Operand, string Field) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => [Operand];
}

/// <summary><c>a[b]</c>, or <c>a[?b]</c>.</summary>
internal sealed record IndexExpr(int At, CelExpr Operand, CelExpr Index, bool Optional) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => [Operand, Index];
}

/// <summary>A call, or an operator by its name in the definition: <c>_+_</c>.</summary>
internal sealed record CallExpr(int At, string Function, CelExpr? Target, ImmutableArray<CelExpr> Arguments, bool Rooted = false) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => Target is null ? Arguments : Arguments.Prepend(Target);
}

/// <summary><c>a &amp;&amp; b</c> or <c>a || b</c>, with any number of terms.</summary>
internal sealed record LogicExpr(int At, bool IsAnd, ImmutableArray<CelExpr> Terms) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => Terms;
}

/// <summary><c>a ? b : c</c></summary>
internal sealed record ChoiceExpr(int At, CelExpr Condition, CelExpr Then, CelExpr Else) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => [Condition, Then, Else];
}

internal readonly record struct ListItem(CelExpr Value, bool Optional);

internal sealed record ListExpr(int At, ImmutableArray<ListItem> Items) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => Items.Select(item => item.Value);
}

internal readonly record struct MapItem(CelExpr Key, CelExpr Value, bool Optional);

internal sealed record MapExpr(int At, ImmutableArray<MapItem> Items) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => Items.SelectMany(item => new[] { item.Key, item.Value });
}

internal readonly record struct FieldItem(int At, string Name, CelExpr Value, bool Optional);

/// <summary><c>T{f: v}</c></summary>
internal sealed record RecordExpr(int At, string TypeName, bool Rooted, ImmutableArray<FieldItem> Fields) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => Fields.Select(one => one.Value);
}

internal enum LoopKind { All, Exists, ExistsOne, Map, Filter, TransformList, TransformMap, TransformMapEntry, SortBy }

/// <summary>A macro over a list or map: <c>range.all(first, body)</c>, <c>range.transformMap(first, second, filter, body)</c>.</summary>
internal sealed record LoopExpr(int At, LoopKind Kind, string Macro, CelExpr Range, string First, string? Second, CelExpr? Filter, CelExpr Body) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => Filter is null ? [Range, Body] : [Range, Filter, Body];
}

/// <summary><c>cel.bind(name, value, body)</c></summary>
internal sealed record BindExpr(int At, string Name, CelExpr Value, CelExpr Body) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => [Value, Body];
}

/// <summary><c>target.optMap(name, body)</c>, or <c>optFlatMap</c>.</summary>
internal sealed record OptionalMapExpr(int At, bool IsFlat, CelExpr Target, string Name, CelExpr Body) : CelExpr(At)
{
    public override IEnumerable<CelExpr> Parts => [Target, Body];
}
