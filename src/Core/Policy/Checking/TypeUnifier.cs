namespace Fairway.Policy;

/// <summary>What type parameters stand for, and whether one type may stand where another is expected.</summary>
internal sealed class TypeUnifier
{
    private Dictionary<string, CelType> _bound = new(StringComparer.Ordinal);
    private int _fresh;

    /// <summary>A type parameter that nothing is known of.</summary>
    public CelType Fresh() => CelType.Parameter($"#{_fresh++}");

    /// <summary>A signature's types with parameters of their own.</summary>
    public Func<CelType, CelType> Renaming()
    {
        var names = new Dictionary<string, CelType>(StringComparer.Ordinal);
        return type => Map(type, parameter => names.TryGetValue(parameter.Name, out var known) ? known : names[parameter.Name] = Fresh());
    }

    /// <summary>The type with everything that is known put in.</summary>
    public CelType Known(CelType type) => Map(type, parameter => _bound.TryGetValue(parameter.Name, out var bound) ? Known(bound) : parameter);

    /// <summary>The type with what is not known as <c>dyn</c>.</summary>
    public CelType Final(CelType type) => Map(Known(type), _ => CelType.Dyn);

    /// <summary>Whether all may stand where they are expected; when not, nothing is learned.</summary>
    public bool Accept(IEnumerable<(CelType Expected, CelType Given)> pairs)
    {
        var before = new Dictionary<string, CelType>(_bound, StringComparer.Ordinal);
        foreach (var (expected, given) in pairs)
        {
            if (Accept(expected, given)) continue;
            _bound = before;
            return false;
        }
        return true;
    }

    /// <summary>The type of a list's items or a map's values, one after the other: <c>dyn</c> when they do not agree.</summary>
    public CelType Join(CelType? before, CelType next)
        => before is null ? next : Accept([(before, next)]) ? MoreGeneral(Known(before), Known(next)) : CelType.Dyn;

    private static CelType Map(CelType type, Func<CelType, CelType> change)
    {
        if (type.Kind == CelKind.Parameter) return change(type);
        if (type.Parameters.IsEmpty) return type;
        return CelType.Of(type.Kind, type.Name, [.. type.Parameters.Select(parameter => Map(parameter, change))]);
    }

    private bool Accept(CelType one, CelType other)
    {
        if (other.Kind == CelKind.Parameter)
        {
            if (Bind(one, other) is { } bound) return bound;
        }
        if (one.Kind == CelKind.Parameter) return Bind(other, one) ?? false;
        if (one.Kind is CelKind.Dyn or CelKind.Error || other.Kind is CelKind.Dyn or CelKind.Error) return true;
        if (one.Kind == CelKind.Null) return IsNullable(other);
        if (other.Kind == CelKind.Null) return IsNullable(one);
        if (one.Kind == CelKind.Number) return other.Kind is CelKind.Int or CelKind.Uint or CelKind.Double || (other.Kind == CelKind.Wrapper && Accept(one, other.Parameters[0]));
        if (one.Kind == CelKind.Wrapper && other.Kind != CelKind.Wrapper) return Accept(one.Parameters[0], other);
        if (other.Kind == CelKind.Wrapper && one.Kind != CelKind.Wrapper) return Accept(one, other.Parameters[0]);
        if (one.Kind != other.Kind || one.Name != other.Name || one.Parameters.Length != other.Parameters.Length) return false;
        if (one.Kind == CelKind.Type) return true;
        for (var i = 0; i < one.Parameters.Length; i++)
            if (!Accept(one.Parameters[i], other.Parameters[i])) return false;
        return true;
    }

    // Whether a parameter may stand for a type; null when that is open and the other way round may be tried.
    private bool? Bind(CelType type, CelType parameter)
    {
        if (type.Equals(parameter)) return true;
        if (_bound.TryGetValue(parameter.Name, out var known))
        {
            if (type.Equals(known)) return true;
            if (!Accept(type, known)) return false;
            var general = MoreGeneral(type, known);
            if (!Occurs(parameter, general)) _bound[parameter.Name] = general;
            return true;
        }
        if (Occurs(parameter, type)) return null;
        _bound[parameter.Name] = type;
        return true;
    }

    private bool Occurs(CelType parameter, CelType type)
    {
        if (type.Kind == CelKind.Parameter)
            return type.Equals(parameter) || (_bound.TryGetValue(type.Name, out var bound) && Occurs(parameter, bound));
        return type.Parameters.Any(part => Occurs(parameter, part));
    }

    private static bool IsNullable(CelType type) => type.Kind is CelKind.Null or CelKind.Record or CelKind.Timestamp or CelKind.Duration or CelKind.Wrapper or CelKind.Optional;

    private static CelType MoreGeneral(CelType one, CelType other)
        => other.Kind == CelKind.Null ? one : one.Kind == CelKind.Null ? other : one.Kind == CelKind.Wrapper && other.Kind != CelKind.Dyn ? one : IsAsGeneral(one, other) ? one : other;

    private static bool IsAsGeneral(CelType one, CelType other)
    {
        if (one.Kind is CelKind.Dyn or CelKind.Parameter) return true;
        if (other.Kind is CelKind.Dyn or CelKind.Parameter || one.Kind != other.Kind || one.Name != other.Name) return false;
        if (one.Kind == CelKind.Type) return true;
        for (var i = 0; i < one.Parameters.Length; i++)
            if (!IsAsGeneral(one.Parameters[i], other.Parameters[i])) return false;
        return true;
    }
}
