using Fairway.Metrics.Exposition;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Scrape;

/// <summary>Type, help and unit of a target's families: tells the store what changed, and nothing else.</summary>
internal sealed class FamilyTexts(ISampleStore store)
{
    private readonly RawTable<Family> _families = new();
    private Family? _current;
    private long _scrape;

    /// <summary>Type of the family that the last line was about; empty when none said.</summary>
    public string CurrentType => _current?.Type ?? "";

    /// <summary>The family that the last line was about, as raw bytes.</summary>
    public ReadOnlySpan<byte> CurrentName => _current is null ? default : _current.Key;

    /// <summary>Begins a scrape.</summary>
    public void Begin()
    {
        _scrape++;
        _current = null;
        if (_scrape % 64 == 0) _families.ForgetBefore(_scrape - 64);
    }

    /// <summary>Takes a metadata line.</summary>
    public void Take(ExpositionItem item, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        if (_current is null || !name.SequenceEqual(_current.Key))
        {
            Flush();
            var hash = ByteHash.Of(name);
            _current = _families.Find(name, hash);
            if (_current is null) _families.Add(_current = new(name.ToArray(), hash));
            _current.Seen = _scrape;
        }

        switch (item)
        {
            case ExpositionItem.Type:
                var type = ExpositionReader.TypeOf(text) ?? "unknown";
                _current.Changed |= !ReferenceEquals(type, _current.Type);
                _current.Type = type;
                break;
            case ExpositionItem.Help:
                if (text.SequenceEqual(_current.Help)) break;
                (_current.Help, _current.Changed) = (text.ToArray(), true);
                break;
            case ExpositionItem.Unit:
                if (text.SequenceEqual(_current.Unit)) break;
                (_current.Unit, _current.Changed) = (text.ToArray(), true);
                break;
        }
    }

    /// <summary>Tells the store of the current family, if anything changed.</summary>
    public void Flush()
    {
        if (_current is not { Changed: true } family) return;
        store.Describe(
            ExpositionReader.Unescape(family.Key),
            new(family.Type.Length == 0 ? "unknown" : family.Type, ExpositionReader.Unescape(family.Help), ExpositionReader.Unescape(family.Unit)));
        family.Changed = false;
    }

    private sealed class Family(byte[] key, ulong hash) : RawEntry(key, hash)
    {
        public string Type { get; set; } = "";

        public byte[] Help { get; set; } = [];

        public byte[] Unit { get; set; } = [];

        public bool Changed { get; set; }
    }
}
