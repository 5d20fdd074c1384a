namespace Fairway.Policy;

/// <summary>What a function takes and gives, as it is written: <c>string.contains(string) -&gt; bool</c>, <c>size(list(A)) -&gt; int</c>.</summary>
public sealed class CelSignature
{
    private static readonly Dictionary<string, CelType> Named = new(StringComparer.Ordinal)
    {
        ["dyn"] = CelType.Dyn, ["null_type"] = CelType.Null, ["bool"] = CelType.Bool, ["int"] = CelType.Int, ["uint"] = CelType.Uint,
        ["double"] = CelType.Double, ["string"] = CelType.String, ["bytes"] = CelType.Bytes, ["timestamp"] = CelType.Timestamp,
        ["duration"] = CelType.Duration, ["number"] = CelType.Number, ["google.protobuf.Timestamp"] = CelType.Timestamp,
        ["google.protobuf.Duration"] = CelType.Duration,
    };

    private CelSignature(string text, string name, bool isReceiver, bool isVariadic, ImmutableArray<CelType> parameters, CelType result)
        => (Text, Name, IsReceiver, IsVariadic, Parameters, Result) = (text, name, isReceiver, isVariadic, parameters, result);

    /// <summary>As it is written.</summary>
    public string Text { get; }

    /// <summary>The function's name, with its namespace: <c>math.ceil</c>.</summary>
    public string Name { get; }

    /// <summary>Whether it is called as <c>x.f()</c>; the first parameter is then <c>x</c>.</summary>
    public bool IsReceiver { get; }

    /// <summary>Whether the last parameter may be given any number of times, once at least.</summary>
    public bool IsVariadic { get; }

    /// <summary>Types of the parameters.</summary>
    public ImmutableArray<CelType> Parameters { get; }

    /// <summary>Type of the result.</summary>
    public CelType Result { get; }

    /// <summary>
    /// Reads a signature: <c>[RECEIVER.]NAME(TYPE, …) -&gt; TYPE</c>. A receiver is <c>list(…)</c>, <c>map(…)</c>, <c>optional(…)</c> or the name
    /// of a type; another name before the dot is a namespace. A capital letter is a type parameter; <c>TYPE...</c> is any number of such.
    /// </summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static CelSignature Parse(string text)
    {
        var reader = new Reader(text);
        var receiver = reader.Receiver();
        var name = reader.Name();
        var parameters = ImmutableArray.CreateBuilder<CelType>();
        if (receiver is not null) parameters.Add(receiver);
        reader.Expect("(");
        var variadic = false;
        while (!reader.Take(")"))
        {
            if (parameters.Count > (receiver is null ? 0 : 1)) reader.Expect(",");
            parameters.Add(reader.Type());
            variadic = reader.Take("...");
        }
        reader.Expect("->");
        return new(text, name, receiver is not null, variadic, parameters.ToImmutable(), reader.Type());
    }

    /// <summary>Reads a type as it is written in signatures and declarations: <c>list(string)</c>, <c>map(string, dyn)</c>, <c>fairway.Release</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static CelType ParseType(string text) => new Reader(text).Type();

    /// <summary>Whether it can be called with so many arguments, the receiver among them.</summary>
    public bool Takes(int arguments) => IsVariadic ? arguments >= Parameters.Length : arguments == Parameters.Length;

    /// <summary>Type of an argument's parameter.</summary>
    public CelType Parameter(int index) => Parameters[Math.Min(index, Parameters.Length - 1)];

    /// <inheritdoc/>
    public override string ToString() => Text;

    private sealed class Reader(string text)
    {
        private int _at;

        public CelType? Receiver()
        {
            // "string.f(": a type before the last dot of what stands before the first "(" that no type takes.
            var start = _at;
            var word = Word();
            var type = word switch
            {
                "list" or "map" or "optional" or "type" when Peek() == '(' => Type(word),
                _ => Named.TryGetValue(word, out var named) && Peek() == '.' ? named : word.Length == 1 && Peek() == '.' ? CelType.Parameter(word) : null,
            };
            if (type is not null && Take(".")) return type;
            _at = start;
            return null;
        }

        public string Name()
        {
            var start = _at;
            while (_at < text.Length && text[_at] != '(') _at++;
            return text[start.._at].Trim();
        }

        public CelType Type() => Type(DottedWord());

        public bool Take(string token)
        {
            while (_at < text.Length && text[_at] == ' ') _at++;
            if (string.CompareOrdinal(text, _at, token, 0, token.Length) != 0) return false;
            _at += token.Length;
            return true;
        }

        public void Expect(string token)
        {
            if (!Take(token)) throw new FormatException($"{text}: expected {token} at {_at}");
        }

        private char Peek() => _at < text.Length ? text[_at] : '\0';

        private CelType Type(string word)
        {
            if (word is "list" or "map" or "optional" or "type" or "wrapper")
            {
                var parameters = new List<CelType>();
                if (Take("("))
                {
                    do parameters.Add(Type());
                    while (Take(","));
                    Expect(")");
                }
                return (word, parameters) switch
                {
                    ("list", [var item]) => CelType.List(item),
                    ("list", []) => CelType.AnyList,
                    ("map", [var key, var value]) => CelType.Map(key, value),
                    ("map", []) => CelType.AnyMap,
                    ("optional", [var value]) => CelType.Optional(value),
                    ("type", [var value]) => CelType.TypeOf(value),
                    ("type", []) => CelType.TypeOf(CelType.Dyn),
                    ("wrapper", [var value]) => CelType.Wrapper(value),
                    _ => throw new FormatException($"{text}: {word} with {parameters.Count} parameters"),
                };
            }
            if (Named.TryGetValue(word, out var named)) return named;
            return word switch
            {
                "" => throw new FormatException($"{text}: expected a type at {_at}"),
                { Length: 1 } when char.IsAsciiLetterUpper(word[0]) => CelType.Parameter(word),
                _ => CelType.Record(word),
            };
        }

        private string Word()
        {
            while (_at < text.Length && text[_at] == ' ') _at++;
            var start = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_')) _at++;
            return text[start.._at];
        }

        private string DottedWord()
        {
            var word = Word();
            while (Peek() == '.' && _at + 1 < text.Length && text[_at + 1] != '.')
            {
                _at++;
                word += "." + Word();
            }
            return word;
        }
    }
}
