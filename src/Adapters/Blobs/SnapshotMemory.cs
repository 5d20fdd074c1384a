using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.Adapters.Blobs;

/// <summary>
/// Remembers digests of files by their size and time, so that what did not change is not read again. A file that changed less than two seconds before it
/// was read is read again: its time could not tell another change.
/// </summary>
internal sealed class SnapshotMemory(string folder, TimeProvider time)
{
    private static readonly TimeSpan Racy = TimeSpan.FromSeconds(2);

    /// <summary>What is remembered of a checkout.</summary>
    public Folder Of(string checkout)
    {
        var file = Path.Combine(folder, "seen", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(checkout)))));
        return new(file, time.GetUtcNow().UtcDateTime - Racy);
    }

    /// <summary>What is remembered of one checkout.</summary>
    internal sealed class Folder
    {
        private readonly string _file;
        private readonly DateTime _trusted;
        private bool _changed;
        private readonly Dictionary<string, (long Bytes, long Ticks, string Digest)> _before = new(StringComparer.Ordinal);
        private readonly Dictionary<string, (long Bytes, long Ticks, string Digest)> _now = new(StringComparer.Ordinal);

        public Folder(string file, DateTime trusted)
        {
            (_file, _trusted) = (file, trusted);
            if (!File.Exists(file)) return;
            foreach (var line in File.ReadLines(file))
            {
                var fields = line.Split('\t', 4);
                if (fields.Length == 4 && long.TryParse(fields[0], CultureInfo.InvariantCulture, out var bytes) && long.TryParse(fields[1], CultureInfo.InvariantCulture, out var ticks))
                    _before[fields[3]] = (bytes, ticks, fields[2]);
            }
        }

        public string? Find(string path, FileInfo info)
        {
            if (!_before.TryGetValue(path, out var known) || known.Bytes != info.Length || known.Ticks != info.LastWriteTimeUtc.Ticks) return null;
            _now[path] = known;
            return known.Digest;
        }

        public void Remember(string path, FileInfo info, string digest)
        {
            if (info.LastWriteTimeUtc >= _trusted || path.Contains('\n', StringComparison.Ordinal)) return;
            _now[path] = (info.Length, info.LastWriteTimeUtc.Ticks, digest);
            _changed = true;
        }

        public void Save()
        {
            // What was found was there before, so as many are the same.
            if (!_changed && _now.Count == _before.Count) return;
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            var temporary = $"{_file}.{Guid.NewGuid():N}.tmp";
            File.WriteAllLines(temporary, _now.Select(entry => string.Create(
                CultureInfo.InvariantCulture, $"{entry.Value.Bytes}\t{entry.Value.Ticks}\t{entry.Value.Digest}\t{entry.Key}")));
            File.Move(temporary, _file, overwrite: true);
        }
    }
}
