namespace Fairway.Policy;

/// <summary>What a name, or the front of a chain of selections, means.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Variable">The variable; null when it is a constant or a type.</param>
/// <param name="Constant">The constant or type; null when it is a variable.</param>
/// <param name="Segments">How many names of the chain it takes.</param>
internal sealed record ResolvedName(string Name, CelVariable? Variable, CelValue? Constant, int Segments);

/// <summary>Finds what names mean: the longest front of a chain that is declared, looked for in the container first.</summary>
internal sealed class NameResolver(CelDeclarations declarations)
{
    /// <summary>The names of a chain such as <c>a.b.c</c>; null when the expression is something else.</summary>
    public static ImmutableArray<string>? Chain(CelExpr expression, out NameExpr? root)
    {
        var names = new Stack<string>();
        root = null;
        for (var at = expression; ; )
        {
            switch (at)
            {
                case NameExpr name:
                    root = name;
                    names.Push(name.Name);
                    return [.. names];
                case SelectExpr { Optional: false } select:
                    names.Push(select.Field);
                    at = select.Operand;
                    break;
                default:
                    return null;
            }
        }
    }

    /// <summary>What the longest front of a chain means; null when none of it is declared.</summary>
    public ResolvedName? Resolve(ImmutableArray<string> chain, bool rooted)
    {
        for (var count = chain.Length; count > 0; count--)
            foreach (var name in declarations.Candidates(string.Join('.', chain.AsSpan()[..count]!), rooted))
            {
                if (declarations.Variables.TryGetValue(name, out var variable)) return new(name, variable, null, count);
                if ((declarations.Constants.GetValueOrDefault(name) ?? TypeNamed(name)) is { } constant) return new(name, null, constant, count);
            }
        return null;
    }

    /// <summary>Overloads of a function that is called by a plain name; null when there is none.</summary>
    public ImmutableArray<CelFunction>? Function(string name, bool rooted, out string full)
    {
        foreach (var candidate in declarations.Candidates(name, rooted))
            if (declarations.Overloads(candidate).RemoveAll(function => function.Signature.IsReceiver) is { IsEmpty: false } found)
            {
                full = candidate;
                return found;
            }
        full = name;
        return null;
    }

    /// <summary>Overloads of a function that is called on a receiver; null when there is none.</summary>
    public ImmutableArray<CelFunction>? Method(string name)
        => declarations.Overloads(name).RemoveAll(function => !function.Signature.IsReceiver) is { IsEmpty: false } found ? found : null;

    /// <summary>Overloads of a function in a namespace, when the receiver of a call is the namespace's name; null when it is not.</summary>
    /// <param name="call">The call.</param>
    /// <param name="isLocal">Whether a name is a variable of a macro: it is no namespace then.</param>
    public ImmutableArray<CelFunction>? Namespaced(CallExpr call, Func<string, bool> isLocal)
        => call.Target is { } target && Chain(target, out var root) is { } chain && (root!.Rooted || !isLocal(root.Name))
            ? Function($"{string.Join('.', chain)}.{call.Function}", root.Rooted, out _) : null;

    /// <summary>The record type, or well-known type, that a literal names; null when there is none.</summary>
    public string? RecordType(string name, bool rooted)
    {
        foreach (var candidate in declarations.Candidates(name, rooted))
            if (declarations.Record(candidate) is not null || WellKnownTypes.IsKnown(candidate)) return candidate;
        return null;
    }

    private CelTypeValue? TypeNamed(string name) => StandardLibrary.Types.GetValueOrDefault(name)
        ?? (declarations.Record(name) is { } record ? new CelTypeValue(record.Type) : null);
}
