using Mono.Cecil;

namespace Fairway.StartProfile;

/// <summary>The types of a folder of assemblies, by name.</summary>
internal sealed class Library : IDisposable
{
    private readonly List<ModuleDefinition> _modules = [];
    private readonly ILookup<string, TypeDefinition> _types;

    public Library(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            try
            {
                _modules.Add(ModuleDefinition.ReadModule(file));
            }
            catch (BadImageFormatException)
            {
                // A native library.
            }
        }
        _types = _modules.SelectMany(module => module.GetTypes()).ToLookup(type => type.FullName.Replace('/', '+'), StringComparer.Ordinal);
    }

    /// <summary>The types of this name: internal ones may be in several assemblies.</summary>
    public IEnumerable<TypeDefinition> Find(string name) => _types[name];

    public void Dispose()
    {
        foreach (var module in _modules) module.Dispose();
    }
}
