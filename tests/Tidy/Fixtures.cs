namespace Fairway.Tidy.Fixtures;

// What the rules are tried on: each type below is used by User in one way only.
public class AsBase;

public interface IAsInterface;

public sealed class AsField;

public sealed class AsArgument;

public sealed class AsGeneric;

public sealed class AsArray;

public sealed class AsMethodGeneric;

public sealed class Unused;

public sealed class AsCatchException : Exception;

public static class AsCall
{
    public static void Do()
    {
    }
}

public static class InLambda
{
    public static int Value => 1;
}

public sealed class InAttribute;

[AttributeUsage(AttributeTargets.Method)]
public sealed class AsAttribute(Type type) : Attribute
{
    public Type Type => type;
}

public sealed class User : AsBase, IAsInterface
{
    private AsField? _field;

    public AsField? Field { get => _field; set => _field = value; }

    public List<Dictionary<string, AsGeneric>> Generic { get; } = [];

    public AsArray[][] Array { get; } = [];

    [As(typeof(InAttribute))]
    public Func<int> Use(AsArgument argument)
    {
        try
        {
            AsCall.Do();
            System.Array.Empty<AsMethodGeneric>();
        }
        catch (AsCatchException)
        {
            return () => 0;
        }

        return () => InLambda.Value + (argument is null || _field is null ? 0 : 1);
    }

    public class Inner;
}
